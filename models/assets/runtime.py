"""Runs converted networks on LiteRT: TensorFlow's embedded runtime, without TensorFlow."""

import contextlib
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import CorruptModelError
from models.types import Array

_MOST_SHAPES = 24


class Network:
    """One converted network. Not for use by two threads at once.

    An interpreter is kept for each input shape, because re-allocating one for another shape costs
    more than running it; the least recently used goes when there are more than `_MOST_SHAPES`.
    """

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        self._content = content
        self._threads = threads
        self._interpreters: OrderedDict[tuple[int, ...], _Bound] = OrderedDict()

    def run(self, batch: Array) -> tuple[Array, ...]:
        """Outputs for `batch` (float32), in the order of the outputs' names.

        LiteRT itself lists outputs in no fixed order. The arrays are copies.
        """
        bound = self._interpreters.get(batch.shape)
        if bound is None:
            bound = _Bound(self._content, batch.shape, self._threads)
            self._interpreters[batch.shape] = bound
            if len(self._interpreters) > _MOST_SHAPES:
                self._interpreters.popitem(last=False)
        else:
            self._interpreters.move_to_end(batch.shape)
        return bound.run(batch)


class _Bound:
    """An interpreter whose tensors are allocated for one input shape."""

    def __init__(self, content: bytes, shape: tuple[int, ...], threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            with _first_words_unsaid():
                self._interpreter: Any = Interpreter(model_content=content, num_threads=threads)
                self._input: int = self._interpreter.get_input_details()[0]["index"]
                self._interpreter.resize_tensor_input(self._input, list(shape))
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise CorruptModelError(f"LiteRT cannot run this network: {error}") from error
        details = sorted(self._interpreter.get_output_details(), key=lambda d: str(d["name"]))
        self._outputs: list[int] = [int(detail["index"]) for detail in details]

    def run(self, batch: Array) -> tuple[Array, ...]:
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(batch, dtype=np.float32))
        self._interpreter.invoke()
        return tuple(self._interpreter.get_tensor(index) for index in self._outputs)


_greeted = threading.Event()


@contextlib.contextmanager
def _first_words_unsaid() -> Iterator[None]:
    """Keeps LiteRT's note about its delegate, said once a process, off a person's terminal.

    It is written by C++ to descriptor 2 and no setting turns it off (ai-edge-litert 2.3); errors
    still come as exceptions.
    """
    if _greeted.is_set():
        yield
        return
    _greeted.set()
    sys.stderr.flush()
    with contextlib.ExitStack() as undo, Path(os.devnull).open("wb") as nowhere:
        with contextlib.suppress(OSError):  # no standard error at all: nothing to keep quiet
            kept = os.dup(2)
            undo.callback(os.close, kept)
            undo.callback(os.dup2, kept, 2)
            os.dup2(nowhere.fileno(), 2)
        yield
