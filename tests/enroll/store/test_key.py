"""The key lost, changed or brought back: nothing opens without it, nothing is lost in silence."""

from enroll.store import envelope
from enroll.store.store import TemplateStore
from tests.enroll.people import appearance, person
from tests.enroll.stored import files_in, one_clear_line


def test_a_lost_key_says_so_and_is_never_replaced_in_silence(store: TemplateStore) -> None:
    store.save(person())
    (store.folder / "key").unlink()
    for act in (
        lambda: store.load("ada"),
        lambda: store.save(person("ada", 2)),
        lambda: store.add_appearance("ada", appearance(2)),
        lambda: store.rename_appearance("ada", "default", "other"),
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
