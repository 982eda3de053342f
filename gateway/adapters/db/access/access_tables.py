"""Tables of who may come in. They are looked up before the store is known, so their own ids lead their keys.

When the data is spread by store, these small tables are copied to every machine (reference tables).
"""

from sqlalchemy import (
    CHAR,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.access import Role

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("tenant_id", String(ID_MAX), nullable=False),
    Column("store_id", String(ID_MAX), nullable=False),
    Column("login", String(KEY_MAX), nullable=False),
    Column("login_folded", String(KEY_MAX), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("pin_hash", Text),
    Column("disabled", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("email", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("login_folded", name="uq_person_login"),
    CheckConstraint(one_of("role", Role), name="ck_person_role"),
    Index("ix_person_store", "tenant_id", "store_id", "login_folded"),
)

web_session = Table(
    "web_session",
    metadata,
    Column("token_hash", CHAR(64), primary_key=True),
    Column("tenant_id", String(ID_MAX), nullable=False),
    Column("store_id", String(ID_MAX), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("csrf_token", String(KEY_MAX), nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("seen_at", UtcTimestamp, nullable=False),
    Column("locked", Boolean, nullable=False),
    ForeignKeyConstraint(["person_id"], ["person.person_id"], name="fk_web_session_person"),
    Index("ix_web_session_person", "person_id"),
    Index("ix_web_session_created", "created_at"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Uuid, primary_key=True),
    Column("tenant_id", String(ID_MAX), nullable=False),
    Column("store_id", String(ID_MAX), nullable=False),
    Column("name", Text, nullable=False),
    Column("prefix", String(32), nullable=False),
    Column("secret_hash", CHAR(64), nullable=False),
    Column("scopes", JsonDocument, nullable=False),
    Column("terminals", JsonDocument),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("revoked_at", UtcTimestamp),
    Column("used_at", UtcTimestamp),
    UniqueConstraint("prefix", name="uq_api_key_prefix"),
    Index("ix_api_key_store", "tenant_id", "store_id", "created_at"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("value", String(KEY_MAX), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcTimestamp, nullable=False),
)
