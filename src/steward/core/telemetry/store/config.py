# SPDX-License-Identifier: Apache-2.0
"""The engine's configuration, written as XML beside the data before the engine opens it."""

import os
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as ET  # nosec: only written here, never parsed

from steward.core.telemetry.store.limits import MEGABYTE, Limits
from steward.core.telemetry.store.policies import row_policies

Branch: TypeAlias = "dict[str, str | int | float | Branch]"


def engine_config(limits: Limits, *, config_path: Path, backups: Path) -> Branch:
    """The whole configuration as a tree: caps, small caches, long pauses at rest, row policies."""
    memory = limits.engine_memory
    return {
        "max_server_memory_usage": memory,
        "mark_cache_size": 64 * MEGABYTE,
        "index_mark_cache_size": 16 * MEGABYTE,
        "uncompressed_cache_size": 0,
        "index_uncompressed_cache_size": 0,
        "primary_index_cache_size": 64 * MEGABYTE,
        "query_condition_cache_size": 8 * MEGABYTE,
        "mmap_cache_size": 64,
        "memory_worker_period_ms": 1000,  # every 50 ms by default, which costs 2 % of a core at rest
        "memory_worker_correct_memory_tracker": 1,
        "background_schedule_pool_size": 2,
        "background_pool_size": 2,
        "background_processing_pool_thread_sleep_seconds_if_nothing_to_do": 2,
        "backups": {"allowed_path": str(backups)},
        "merge_tree": {
            "min_free_disk_bytes_to_perform_insert": limits.free_bytes,
            "min_free_disk_ratio_to_perform_insert": limits.free_ratio,
            "cleanup_delay_period": 300,
            "merge_tree_clear_old_temporary_directories_interval_seconds": 600,
            "refresh_statistics_interval": 3600,
            "max_bytes_to_merge_at_max_space_in_pool": 20 * 1024 * MEGABYTE,
        },
        "profiles": {
            "default": {
                "max_threads": limits.threads,
                "max_memory_usage": limits.query_memory,
                # The engine corrects its own total by what is resident, which big arrays aren't yet; this sum it leaves alone.
                "max_memory_usage_for_user": memory * 4 // 5,
                "max_bytes_before_external_group_by": limits.query_memory // 2,
                "max_bytes_before_external_sort": limits.query_memory // 2,
                "log_queries": 0,
            }
        },
        "users": {
            "default": {
                "password": "",  # the engine has no port of its own; the store asks for the password
                "profile": "default",
                "quota": "default",
                "networks": {"ip": "::/0"},
                "databases": {
                    base: {table: {"filter": sql} for table, sql in tables.items()}
                    for base, tables in row_policies().items()
                },
            }
        },
        "quotas": {"default": {}},
        "user_directories": {"users_xml": {"path": str(config_path)}},
    }


def write_config(limits: Limits, *, config_path: Path, backups: Path) -> None:
    """Write the configuration, readable by its owner alone, in one step."""
    root = ET.Element("clickhouse")
    _grow(root, engine_config(limits, config_path=config_path, backups=backups))
    ET.indent(root)
    draft = config_path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        ET.ElementTree(root).write(handle, encoding="utf-8", xml_declaration=True)
    draft.replace(config_path)


def _grow(parent: ET.Element, branch: Branch) -> None:
    for name, value in branch.items():
        child = ET.SubElement(parent, name)
        if isinstance(value, dict):
            _grow(child, value)
        else:
            child.text = str(value)
