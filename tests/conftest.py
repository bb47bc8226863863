"""Fixtures every area shares."""

import os

from tests.data import ROOT

os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
