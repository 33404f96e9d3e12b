"""The kinds of columns and checks that the tables of a record are made of."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    Text,
    UniqueConstraint,
)

from contract.moments import Moment


def make_check(name: str, condition: str) -> CheckConstraint:
    """Return a named condition that every row fulfils."""
    return CheckConstraint(condition, name=name)


def require_text(name: str) -> CheckConstraint:
    """Return the condition that a text says something."""
    return make_check(f"{name}_told", f"{name} <> ''")


def make_flag(name: str) -> Column[bool]:
    """Return a column of yes or no, never unknown."""
    return Column(name, Boolean(create_constraint=True, name=f"{name}_flag"), nullable=False)


def make_parent(table: str, *, nullable: bool = False) -> Column[str]:
    """Return the column that names a row's parent, with its index."""
    return Column(f"{table}_id", Text, ForeignKey(f"{table}.id"), nullable=nullable, index=True)


def make_json(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a column of plain JSON; None is SQL's NULL, not JSON's null."""
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def make_text(name: str, *, nullable: bool = False) -> Column[str]:
    """Return a column of text."""
    return Column(name, Text, nullable=nullable)


def make_number(name: str, *, nullable: bool = False) -> Column[float]:
    """Return a column of 64-bit floating point numbers."""
    return Column(name, Double, nullable=nullable)


def make_whole(name: str) -> Column[int]:
    """Return a column of whole numbers."""
    return Column(name, Integer, nullable=False)


def make_moment(name: str) -> Column[Any]:
    """Return a column of aware UTC datetimes."""
    return Column(name, Moment, nullable=False)


def add_since(revision: str, column: Column[Any]) -> Column[Any]:
    """Mark a nullable column that older programs did not have: their rows are read with None in its place."""
    column.info["since"] = revision
    return column


def start_record() -> tuple[Column[Any] | CheckConstraint | UniqueConstraint, ...]:
    """Return what every record has: an id unique across devices, its device, its place in the device's sequence."""
    return (
        Column("id", Text, primary_key=True),
        Column("device_id", Text, ForeignKey("device.id"), nullable=False),
        Column("seq", BigInteger, nullable=False),
        require_text("id"),
        make_check("seq_from_one", "seq >= 1"),
        UniqueConstraint("device_id", "seq"),
    )
