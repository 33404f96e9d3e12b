"""The Raspberry Pi program: cameras, runtime, pipeline, page, store.

Imports `contract` and nothing else of ours; never TensorFlow. Each module answers one question.
"""
