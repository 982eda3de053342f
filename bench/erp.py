"""The benchmark `erp`: documents a second into the sandbox ERP, beside a bare loop of calls without any guarantee.

The sandbox runs as a process of its own, with new books for each measurement. The bare loop has its messages ready
before the clock runs: no journal, no look, no redaction, no deadline; what fails in it is lost or there twice.
"""

import argparse
import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.erp_bare import bare_loops, messages_of
from bench.erp_faults import FaultCounts, mixed_with_faults
from bench.figures import CannotRun, Figure, Goal, Report, median
from bench.machine import tell
from connectors.generic_rest.connector import connect as connect_rest
from connectors.generic_soap.connector import connect as connect_soap
from connectors.sandbox_erp.server import Login
from connectors.sandbox_erp.soap_side import DESCRIPTION
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.posting import PostingState
from gateway.jobs.erp_lane import ErpLane
from gateway.ports.erp import ErpAccount, ErpConnector, ErpDocument
from gateway.services.erp.run_postings import RunPostings
from tests.support.erp_documents import entry, mixed
from tests.support.erp_office import ACCOUNT, PLACE, hand_in, states_of
from tests.support.erp_rig import MAPPING
from tests.support.migrated import migrated_sqlite

ROOT = Path(__file__).resolve().parent.parent
RATIO_GOAL = Goal.least(0.5)
POSTED_GOAL = Goal.most(2.0)
