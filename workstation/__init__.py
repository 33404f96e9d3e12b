"""The lab side, on a workstation or on the device itself: records of many microscopes gathered in one place.

Imports only the contract. Databases are whatever SQLAlchemy opens, files go wherever fsspec writes.
"""
