"""Imported by the servers of `tests.bus.forking` that start camera workers: what a process makes
when it first needs it, and each of their forks would make anew.
"""

import cv2
import numpy as np

# A fork has none of OpenCV's threads, and would wait for them.
cv2.setNumThreads(1)
# OpenCV's tables for Lab take as long as six frames.
cv2.cvtColor(np.zeros((1, 1, 3), np.uint8), cv2.COLOR_BGR2LAB)
# Imports numpy.ma, as the first median of every process does.
np.median(np.zeros(1))
