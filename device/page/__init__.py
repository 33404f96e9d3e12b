"""The page of the microscope: live picture, count, captures, and the JSON API behind them.

`app.create_app` puts it together from one module for each thing that is asked for. It shows and passes on; it decides
nothing of its own about frames, cells or records.
"""
