"""The store: round trips, every corruption, a crash at every step, two writers, wrong owners."""

import errno
import fcntl
import json
import multiprocessing
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from enroll import codec, envelope, files
from enroll.codec import TEMPLATES
from enroll.errors import NotEnrolledError, StoreError
from enroll.place import Place, machine_of
from enroll.store import TemplateStore, default_folder
from enroll.template import MOST_ADAPTED, Adapted, Look, Person
from models.errors import UsageError

CREATED = "2025-03-01T12:00:00Z"
HERE = Place(machine_of(), os.geteuid())


def look(value: float = 1.0, name: str = "default", model_id: str = "resnet:0") -> Look:
    rows = np.full((1, 64), value, dtype=np.float32)
    return Look(name, CREATED, model_id, "euclidean", rows)


def person(name: str = "ada", value: float = 1.0) -> Person:
    return Person(name, (look(value),))


@pytest.fixture
def store(tmp_path: Path) -> TemplateStore:
    return TemplateStore(tmp_path / "data" / "templates")


def files_in(store: TemplateStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


@contextmanager
def one_clear_line(*words: str) -> Iterator[None]:
    """A StoreError of one printable line with these words; never "not enrolled"."""
    with pytest.raises(StoreError) as caught:
        yield
    assert not isinstance(caught.value, NotEnrolledError)
    line = str(caught.value)
    assert line.isprintable()
    assert all(word in line for word in words), line


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=64
).map(lambda text: text.lstrip("."))
embeddings = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 64), st.integers(64, 130)),
    elements=st.floats(-1e4, 1e4, width=32),
)


dates = st.lists(st.datetimes(), max_size=MOST_ADAPTED)


@st.composite
def people(draw: st.DrawFn) -> Person:
    keys = draw(st.lists(st.tuples(names, st.sampled_from("abc")), min_size=1, max_size=16))
    try:
        return Person(
            draw(names),
            tuple(
                Look(
                    name,
                    draw(st.datetimes()).isoformat() + "+00:00",
                    f"model:{model}",
                    draw(st.sampled_from(["euclidean", "cosine"])),
                    (rows := draw(embeddings)),
                    draw(st.none() | st.floats(0.0, 1.0)),
                    tuple(
                        Adapted(date.isoformat() + "+00:00", row)
                        for date, row in zip(draw(dates), rows, strict=False)
                    ),
                )
                for name, model in dict.fromkeys(keys)
            ),
        )
    except UsageError:
        return person()


# --- round trips


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(people())
def test_what_is_sealed_opens_as_it_was(someone: Person) -> None:
    key = envelope.new_secret()
    content = codec.seal(someone, key, HERE)
    assert len(content) <= codec.LARGEST_FILE
    assert envelope.label(TEMPLATES, content).name == someone.name
    opened = codec.unseal(content, key, HERE)
    assert opened == someone
    assert not any(one.embeddings.flags.writeable for one in opened.looks)


def test_the_largest_person_fits() -> None:
    name, rows = "\U0001f980" * 64, np.ones((64, 1024), np.float32)
    adapted = tuple(Adapted(CREATED, rows[0]) for _ in range(MOST_ADAPTED))
    looks = tuple(
        Look(f"{n:02}" + name[2:], CREATED, "é" * 128, "euclidean", rows, 1 / 3, adapted)
        for n in range(16)
    )
    largest = Person(name, looks)
    key = envelope.new_secret()
    content = codec.seal(largest, key, HERE)
    assert len(content) <= codec.LARGEST_FILE
    assert codec.unseal(content, key, HERE) == largest


def test_the_store_keeps_people(store: TemplateStore) -> None:
    assert store.names() == []
    assert store.load_all() == []
    store.save(person("bob", 2))
    store.save(person("ada", 1))
    store.save(person("ada", 3))
    assert store.names() == ["ada", "bob"]
    assert store.load("ada") == person("ada", 3)
    assert store.load_all() == [person("ada", 3), person("bob", 2)]
    store.remove("ada")
    assert store.names() == ["bob"]
    assert TemplateStore(store.folder).load("bob") == person("bob", 2)


@pytest.mark.parametrize(
    "name",
    [
        *("key", "lock", "a b", "100%", "a%2Cb", "~ada", "o'neil", "Zoë", "$(id)", "-rf", "a*"),
        *("漢" * 64, "漢" * 63 + "字", "\U0001f980" * 64, "x" * 64, "a\\b"),
    ],
)
def test_every_name_has_its_own_file(store: TemplateStore, name: str) -> None:
    store.save(person("漢" * 63 + "子"))
    store.save(person(name))
    assert store.load(name) == person(name)
    assert name in store.names()
    assert len(store.names()) == 2
    assert all(len(os.fsencode(file)) <= 255 for file in files_in(store))
    store.remove(name)
    assert store.names() == ["漢" * 63 + "子"]


def test_a_name_is_found_in_either_form(store: TemplateStore) -> None:
    store.save(person("Zo\u00eb"))
    assert store.load("Zoe\u0308").name == "Zo\u00eb"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
def test_any_name_is_kept_or_refused(tmp_path: Path, name: str) -> None:
    store = TemplateStore(tmp_path / "templates")
    try:
        someone = person(name)
    except UsageError:
        with pytest.raises(UsageError):
            store.load(name)
        return
    store.save(someone)
    assert store.load(name) == someone
    assert store.names() == [someone.name]
    store.remove(name)


def test_looks_are_added_and_replaced(store: TemplateStore) -> None:
    store.add_look("ada", look(1))
    store.add_look("ada", look(2, "glasses"))
    assert store.add_look("ada", look(3)) == store.load("ada")
    assert {one.name: one.embeddings[0, 0] for one in store.load("ada").looks} == {
        "glasses": 2,
        "default": 3,
    }


def test_more_looks_than_allowed_change_nothing(store: TemplateStore) -> None:
    for number in range(16):
        store.add_look("ada", look(name=f"look {number}"))
    with pytest.raises(UsageError, match="16 looks"):
        store.add_look("ada", look(name="one more"))
    assert len(store.load("ada").looks) == 16


@pytest.mark.parametrize("act", [TemplateStore.load, TemplateStore.remove])
def test_nobody_is_not_enrolled(
    store: TemplateStore, act: Callable[[TemplateStore, str], object]
) -> None:
    with pytest.raises(NotEnrolledError, match="facelatch enroll"):
        act(store, "ada")
    store.save(person("bob"))
    with pytest.raises(NotEnrolledError, match="facelatch enroll"):
        act(store, "ada")


def test_reading_makes_nothing(store: TemplateStore, tmp_path: Path) -> None:
    store.names()
    with pytest.raises(NotEnrolledError):
        store.load("ada")
    with pytest.raises(NotEnrolledError):
        store.remove("ada")
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert default_folder() == Path("/xdg/facelatch/templates")
    for unset in ("", "relative/path"):
        monkeypatch.setenv("XDG_DATA_HOME", unset)
        assert default_folder() == tmp_path / ".local/share/facelatch/templates"


# --- who may read, and what they see


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_read(store: TemplateStore) -> None:
    old = os.umask(0)
    try:
        store.save(person())
    finally:
        os.umask(old)
    assert mode(store.folder) == 0o700
    assert mode(store.folder / "key") == 0o400
    assert {mode(path) for path in store.folder.iterdir() if path.name != "key"} == {0o600}


def test_the_file_shows_no_template(store: TemplateStore) -> None:
    someone = person(value=0.123)
    store.save(someone)
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    assert someone.looks[0].embeddings[0, :2].tobytes() not in content
    assert b"resnet:0" not in content
    before = content
    store.save(someone)
    assert file.read_bytes() != before  # a fresh nonce each time


@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o002, 0o010])
@pytest.mark.parametrize("which", ["", "key", "ada.templates"])
def test_what_others_may_touch_is_refused(store: TemplateStore, which: str, bits: int) -> None:
    store.save(person())
    path = store.folder / which
    path.chmod(mode(path) | bits)
    with one_clear_line("open to other users", "chmod"):
        store.load("ada")
    with one_clear_line("open to other users", "chmod"):
        store.save(person())


def test_another_user_s_folder_is_refused(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    for act in (store.names, store.load_all, lambda: store.save(person())):
        with one_clear_line("belongs to another user"):
            act()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["key", "ada.templates"])
def test_another_user_s_file_is_refused(store: TemplateStore, which: str) -> None:
    store.save(person())
    os.chown(store.folder / which, 12345, 12345)
    with one_clear_line("belongs to another user"):
        store.load("ada")


@pytest.mark.parametrize("which", ["", "key", "lock", "ada.templates"])
def test_a_symbolic_link_is_refused(store: TemplateStore, tmp_path: Path, which: str) -> None:
    store.save(person())
    path, target = store.folder / which, tmp_path / "elsewhere"
    path.rename(target)
    path.symlink_to(target)
    with one_clear_line("symbolic link"):
        store.save(person(value=2))
    if which != "lock":
        with one_clear_line("symbolic link"):
            store.load("ada")


@pytest.mark.parametrize("which", ["key", "ada.templates"])
def test_a_pipe_or_folder_in_place_of_a_file_is_refused(store: TemplateStore, which: str) -> None:
    store.save(person())
    path = store.folder / which
    path.unlink()
    os.mkfifo(path, 0o600)
    with one_clear_line("not a regular file"):
        store.load("ada")
    path.unlink()
    path.mkdir(0o700)
    with one_clear_line("not a regular file"):
        store.load("ada")
    with one_clear_line("not a regular file"):
        store.save(person())


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("")
    store = TemplateStore(tmp_path / "templates")
    with one_clear_line("folder"):
        store.names()
    with one_clear_line("templates"):
        store.save(person())


# --- damage


def test_every_single_byte_changed_is_noticed(store: TemplateStore) -> None:
    store.save(person())
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    key = (store.folder / "key").read_bytes()
    assert codec.unseal(content, key, HERE) == person()
    for place in range(len(content)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(content)
            changed[place] ^= flip
            with one_clear_line():
                codec.unseal(bytes(changed), key, HERE)


def test_every_cut_and_every_addition_is_noticed(store: TemplateStore) -> None:
    store.save(person())
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with one_clear_line(str(file)):
            store.load("ada")
    file.write_bytes(content + b"\0")
    with one_clear_line(str(file)):
        store.load("ada")


def test_a_damaged_file_is_still_somebody_enrolled(store: TemplateStore) -> None:
    store.save(person("ada"))
    store.save(person("bob"))
    (store.folder / "ada.templates").write_bytes(b"garbage")
    assert store.names() == ["ada", "bob"]
    assert store.load("bob") == person("bob")
    with one_clear_line("ada.templates", "facelatch remove"):
        store.load_all()
    with one_clear_line("ada.templates"):
        store.add_look("ada", look())
    store.save(person("ada", 2))
    assert store.load("ada") == person("ada", 2)


@given(st.binary(max_size=400))
def test_any_bytes_are_one_clear_line(content: bytes) -> None:
    for prefix in (b"", codec.seal(person(), envelope.new_secret(), HERE)[:50]):
        with one_clear_line():
            codec.unseal(prefix + content, envelope.new_secret(), HERE)


@given(
    st.binary(max_size=200)
    | st.just(b"")
    | st.integers(0, 2**32 - 1).map(lambda length: length.to_bytes(4, "big") + b'{"looks": [' * 9)
)
def test_a_payload_that_lies_is_one_clear_line(payload: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "payload_of", lambda _: payload)
        key = envelope.new_secret()
        content = codec.seal(person(), key, HERE)
    with one_clear_line("damaged inside"):
        codec.unseal(content, key, HERE)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [64, 1024]},
        {"shape": [-1, 64]},
        {"shape": [1, 10**30]},
        {"shape": [1]},
        {"shape": "1,"},
        {"shape": [1.0, 64.0]},
        {"shape": [True, 64]},
        {"name": 5},
        {"name": "../x"},
        {"created": None},
        {"model_id": []},
        {"metric": "angry"},
        {"metric": ["euclidean"]},
        {"quality": 2.0},
        {"quality": "good"},
        {"quality": True},
        {"adapted": [CREATED]},
        {"adapted": [CREATED] * 10**4},
        {"adapted": "2025"},
        {"adapted": {}},
        {"adapted": None},
    ],
)
def test_a_header_that_lies_is_one_clear_line(change: dict[str, object]) -> None:
    original: Callable[[object], str] = json.dumps

    def dumps(header: Any, **options: bool) -> str:
        assert options == {"allow_nan": False}
        header["looks"][0].update(change)
        return original(header)

    key = envelope.new_secret()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json, "dumps", dumps)
        content = codec.seal(person(), key, HERE)
    with one_clear_line("damaged inside"):
        codec.unseal(content, key, HERE)


def test_a_file_copied_to_another_name_is_refused(store: TemplateStore) -> None:
    store.save(person("ada"))
    store.save(person("bob", 2))
    (store.folder / "bob.templates").write_bytes((store.folder / "ada.templates").read_bytes())
    with one_clear_line("bob.templates", "belongs to 'ada'"):
        store.load("bob")


def test_a_file_relabelled_for_another_name_is_refused() -> None:
    key = envelope.new_secret()
    content = codec.seal(person("ada"), key, HERE)
    with one_clear_line("damaged, or sealed with another key"):
        codec.unseal(content.replace(b"ada", b"bob", 1), key, HERE)


def test_a_stray_file_is_named(store: TemplateStore) -> None:
    store.save(person())
    for stray in ("%2E%2E.templates", "%ff.templates", "a%62.templates", ".templates"):
        (store.folder / stray).write_bytes(b"")
        (store.folder / stray).chmod(0o600)
        with one_clear_line(stray, "move it away"):
            store.names()
        (store.folder / stray).unlink()


def test_an_oversize_file_is_refused_unread(store: TemplateStore) -> None:
    store.save(person())
    for which, size in (("ada.templates", codec.LARGEST_FILE + 1), ("key", 10**12)):
        path = store.folder / which
        kept = path.read_bytes()
        path.chmod(0o600)
        os.truncate(path, size)
        with one_clear_line("too large"):
            store.load("ada")
        path.write_bytes(kept)


def test_a_newer_version_is_refused_and_left_alone(store: TemplateStore) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    newer = bytearray(file.read_bytes())
    newer[9] += 1
    file.write_bytes(newer)
    for act in (
        lambda: store.load("ada"),
        lambda: store.save(person(value=2)),
        lambda: store.add_look("ada", look()),
    ):
        with one_clear_line("newer Facelatch", "update Facelatch"):
            act()
    assert file.read_bytes() == newer


# --- the key


def test_a_lost_key_says_so_and_is_never_replaced_in_silence(store: TemplateStore) -> None:
    store.save(person())
    (store.folder / "key").unlink()
    for act in (
        lambda: store.load("ada"),
        lambda: store.save(person("ada", 2)),
        lambda: store.add_look("ada", look(2)),
        lambda: store.rename_look("ada", "default", "other"),
    ):
        with one_clear_line("key", "missing", "enrol again"):
            act()
    assert store.names() == ["ada"]
    store.remove("ada")
    store.save(person("ada", 2))
    assert store.load("ada") == person("ada", 2)


def test_a_lost_key_keeps_nobody_else_from_enrolling(store: TemplateStore) -> None:
    store.save(person("ada"))
    (store.folder / "key").rename(store.folder.parent / "kept")
    store.save(person("bob", 2))
    store.save(person("eve", 3))
    assert store.load("bob") == person("bob", 2)
    assert next(file for file in files_in(store) if "key" in file).startswith("key-")
    for act in (lambda: store.load("ada"), lambda: store.save(person("ada", 4))):
        with one_clear_line("ada.templates", "another key", "restore the key"):
            act()
    # The lost key comes back beside the new one: nothing was lost.
    (store.folder.parent / "kept").rename(store.folder / "key")
    assert store.load_all() == [person("ada"), person("bob", 2), person("eve", 3)]


def test_another_key_opens_nothing(store: TemplateStore) -> None:
    store.save(person())
    key = store.folder / "key"
    key.chmod(0o600)
    kept = key.read_bytes()
    key.write_bytes(envelope.new_secret())
    with one_clear_line("another key"):
        store.load("ada")
    with one_clear_line("another key"):
        store.save(person(value=2))
    key.write_bytes(b"short")
    with one_clear_line("not a key"):
        store.load("ada")
    key.write_bytes(kept)
    assert store.load("ada") == person()


# --- crashes, at every call of the system


class Killed(BaseException):
    """Stands for kill -9."""


_CLOSE = os.close
CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "close", "mkdir", "listdir")


class Saboteur:
    """Lets `spare` calls of the system pass, then fails one; after a kill, all the rest."""

    def __init__(self, patch: pytest.MonkeyPatch, failure: BaseException, spare: int) -> None:
        self.calls = 0
        self._failure = failure
        self._spare = spare
        for name in CALLS:
            patch.setattr(os, name, self._sabotaged(getattr(os, name)))
        patch.setattr(fcntl, "flock", self._sabotaged(fcntl.flock))

    def _sabotaged(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def sabotaged(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            dead = isinstance(self._failure, Killed) and self.calls > self._spare
            if dead or self.calls == self._spare + 1:
                if call is _CLOSE:
                    call(*arguments)  # the kernel closes what a killed process had open
                raise self._failure
            return call(*arguments, **options)

        return sabotaged


def sabotage(act: Callable[[], object], failure: BaseException, spare: int) -> bool:
    """Runs `act` with the saboteur; True where it came to its end."""
    with pytest.MonkeyPatch.context() as patch:
        Saboteur(patch, failure, spare)
        try:
            act()
        except (Killed, StoreError, NotEnrolledError):
            return False
        except OSError as error:
            # Closing is the last thing done to a descriptor; what matters is on the disk by then.
            assert error is failure
            return False
        return True


FAILURES = [
    Killed(),
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    OSError(errno.EIO, os.strerror(errno.EIO)),
    OSError(errno.EROFS, os.strerror(errno.EROFS)),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_write_that_fails_anywhere_leaves_the_old_or_the_new(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    seen = set()
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}")
        store.save(person("ada", 1))
        store.save(person("bob", 5))
        finished = sabotage(lambda store=store: store.save(person("ada", 2)), failure, spare)  # type: ignore[misc]
        value = store.load("ada").looks[0].embeddings[0, 0]
        assert value in (1, 2)
        assert value == 2 or not finished
        assert store.load("bob") == person("bob", 5)
        assert store.names() == ["ada", "bob"]
        store.save(person("ada", 3))
        assert store.load("ada") == person("ada", 3)
        assert files_in(store) == ["ada.templates", "bob.templates", "key", "lock"]
        seen.add(float(value))
        if finished:
            break
    assert finished
    assert seen == {1.0, 2.0}


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_first_write_that_fails_anywhere_can_be_done_again(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}" / "templates")
        finished = sabotage(lambda store=store: store.save(person()), failure, spare)  # type: ignore[misc]
        assert store.names() in ([], ["ada"])
        assert store.load_all() in ([], [person()])
        store.save(person())
        assert store.load_all() == [person()]
        assert files_in(store) == ["ada.templates", "key", "lock"]
        if finished:
            break
    assert finished


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_removal_that_fails_anywhere_leaves_all_or_nothing(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}")
        store.save(person())
        finished = sabotage(lambda store=store: store.remove("ada"), failure, spare)  # type: ignore[misc]
        assert store.load_all() in ([], [person()])
        if finished:
            assert store.names() == []
            break
    assert finished


def test_a_full_disk_says_so(store: TemplateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(person())

    def write(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write)
    with one_clear_line("no space left", "make room"):
        store.save(person(value=2))
    monkeypatch.undo()
    assert store.load("ada") == person()


def test_a_write_in_small_pieces_is_complete(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:7])))
    store.save(person())
    monkeypatch.undo()
    assert store.load("ada") == person()


def test_data_is_synced_before_it_takes_the_place_and_the_folder_after(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    calls: list[str] = []

    def noted(call: Callable[..., Any]) -> Callable[..., Any]:
        def note(*arguments: Any, **options: Any) -> Any:
            calls.append(call.__name__)
            return call(*arguments, **options)

        return note

    for name in ("write", "fsync", "rename"):
        monkeypatch.setattr(os, name, noted(getattr(os, name)))
    store.save(person(value=2))
    assert calls == ["write", "fsync", "rename", "fsync"]


# --- several at once


def _add_looks(folder: str, first: int) -> None:
    store = TemplateStore(Path(folder))
    for number in range(first, first + 4):
        store.add_look("ada", look(number, f"look {number}"))


def test_two_writers_lose_nothing(store: TemplateStore) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_looks, args=(str(store.folder), first)) for first in (0, 4, 8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert {one.name for one in store.load("ada").looks} == {f"look {n}" for n in range(12)}


def test_a_writer_that_does_not_come_to_an_end_is_named(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    monkeypatch.setattr(files, "_LOCK_PATIENCE", 0.1)
    with (store.folder / "lock").open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with one_clear_line("another program is writing"):
            store.save(person(value=2))
        assert store.load("ada") == person()
    store.save(person(value=2))


# --- where root cannot help


def _as_nobody(folder: Path, act: Callable[[], object]) -> str:
    """What `act` says in a process of an ordinary user who owns `folder`."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            act()
            said = "done"
        except BaseException as error:  # the parent wants to know whatever it is
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that an ordinary user can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@needs_root
def test_a_folder_that_cannot_be_written_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates", account=lambda _: 65534)
    store.save(person())
    store.folder.chmod(0o500)
    said = _as_nobody(store.folder, lambda: store.save(person(value=2)))
    assert said.startswith("StoreError")
    assert "permission denied" in said
    assert _as_nobody(store.folder, lambda: store.load("ada")) == "done"


@needs_root
def test_a_file_that_cannot_be_read_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates")
    store.save(person())
    (store.folder / "ada.templates").chmod(0)
    said = _as_nobody(store.folder, lambda: store.load("ada"))
    assert said.startswith("StoreError")
    assert "permission denied" in said


@needs_root
def test_somebody_else_s_store_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates")
    store.save(person())
    other = open_path / "other"
    other.mkdir()
    said = _as_nobody(other, lambda: store.load("ada"))
    assert said.startswith("StoreError")
    assert "permission denied" in said
