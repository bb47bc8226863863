"""The store against a dictionary: whatever is done in whatever order, both have the same."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from enroll.errors import AppearanceExistsError, NoSuchAppearanceError, NotEnrolledError
from enroll.store.keys import Key
from enroll.store.store import TemplateStore
from enroll.store.usage import Use
from enroll.template import MOST_APPEARANCES, Adapted, Appearance, Person
from models.errors import UsageError
from tests.enroll.people import CREATED

NAMES = st.sampled_from(["ada", "bob", "Zoë", "a %2F~", "漢" * 64])
APPEARANCES = st.sampled_from(["default", "glasses", "beard"])
EXPECTED = (NotEnrolledError, NoSuchAppearanceError, AppearanceExistsError, UsageError)
Model = dict[str, Person]


class TheStore(RuleBasedStateMachine):
    """Every change is made to both; where one refuses, the other must."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = TemplateStore(self.folder / "templates")
        self.model: Model = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def both(self, change: Callable[[], object], model: Callable[[], object]) -> None:
        outcomes = []
        for act in (change, model):
            try:
                act()
                outcomes.append("done")
            except EXPECTED as error:
                outcomes.append(type(error).__name__)
            except KeyError:
                outcomes.append("NotEnrolledError")
        assert outcomes[0] == outcomes[1], outcomes

    @rule(name=NAMES, appearance=APPEARANCES, value=st.integers(1, 9), learnt=st.booleans())
    def add(self, name: str, appearance: str, value: int, learnt: bool) -> None:
        rows = np.full((1, 64), value, np.float32)
        adapted = (Adapted(CREATED, rows[0]),) if learnt else ()
        made = Appearance(appearance, CREATED, "m:0", "cosine", rows, 0.5, adapted)

        def model() -> None:
            old = self.model.get(name)
            self.model[name] = Person(name, (made,)) if old is None else old.with_appearance(made)

        self.both(lambda: self.store.add_appearance(name, made), model)

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        def model() -> None:
            del self.model[name]

        self.both(lambda: self.store.remove(name), model)

    @rule(name=NAMES, appearance=APPEARANCES)
    def remove_appearance(self, name: str, appearance: str) -> None:
        def model() -> None:
            kept = tuple(one for one in self.model[name].appearances if one.name != appearance)
            if len(kept) == len(self.model[name].appearances):
                raise NoSuchAppearanceError(appearance)
            if kept:
                self.model[name] = Person(name, kept)
            else:
                del self.model[name]

        self.both(lambda: self.store.remove_appearance(name, appearance), model)

    @rule(name=NAMES, appearance=APPEARANCES, new=APPEARANCES)
    def rename(self, name: str, appearance: str, new: str) -> None:
        def model() -> None:
            person = self.model[name]
            if not person.has(appearance):
                raise NoSuchAppearanceError(appearance)
            if new != appearance and person.has(new):
                raise AppearanceExistsError(new)
            self.model[name] = person.renamed(appearance, new)

        self.both(lambda: self.store.rename_appearance(name, appearance, new), model)

    @rule(name=NAMES)
    def revert(self, name: str) -> None:
        def model() -> None:
            self.model[name] = self.model[name].reverted()

        self.both(lambda: self.store.revert(name), model)

    @rule(name=NAMES, count=st.integers(1, 99))
    def use(self, name: str, count: int) -> None:
        used = {("default", "m:0"): Use(count, CREATED)}
        self.both(lambda: self.store.keep_uses(name, used), lambda: None)

    @rule(secret=st.binary(min_size=32, max_size=32))
    def protect(self, secret: bytes) -> None:
        key = Key(secret, credential=True)
        # From a key file only: with a credential there is nothing to move from.
        if self.store.key_kind() == "file":
            assert self.store.reseal(key, adopt=self.store.names()) == []
            self.store = TemplateStore(self.store.folder, credential=key)

    @invariant()
    def the_same(self) -> None:
        assert self.store.names() == sorted(self.model)
        for name, person in self.model.items():
            assert self.store.load(name).name == person.name
            assert set(self.store.load(name).appearances) == set(person.appearances)
            assert len(person.appearances) <= MOST_APPEARANCES


TheStore.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestTheStore = TheStore.TestCase
