"""Files of configuration: laid over each other, every problem named, never a traceback."""

import datetime
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import config
from daemon.config import Config, ConfigError, Text, UnlockMethod
from daemon.config.fields import rules
from daemon.config.reading import LARGEST_FILE
from daemon.config.sections import SECTIONS

MAIN, DROP_IN = "/etc/facelatch/config.toml", "/etc/facelatch/config.d/50-site.toml"


def read(*texts: str | bytes) -> config.Loaded:
    names = (MAIN, DROP_IN)
    contents = [text.encode() if isinstance(text, str) else text for text in texts]
    return config.read([Text(name, one) for name, one in zip(names, contents, strict=False)])


def problems(*texts: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(*texts)
    return [str(one) for one in caught.value.problems]


def test_no_file_is_the_default() -> None:
    loaded = config.read([])
    assert loaded.config == Config()
    assert dict(loaded.origins) == {}


def test_an_empty_file_is_the_default() -> None:
    assert read("").config == Config()


def test_a_setting_is_read_with_its_origin() -> None:
    loaded = read('[camera]\nsource = "/dev/video2"\nfull_rate = 15')
    assert loaded.config.camera.source == "/dev/video2"
    assert loaded.config.camera.full_rate == 15.0
    assert dict(loaded.origins) == {"camera.source": MAIN, "camera.full_rate": MAIN}
    assert loaded.files == (MAIN,)


def test_a_later_file_goes_before_an_earlier_one() -> None:
    loaded = read(
        "[attempts]\nbefore_pause = 2\nbefore_password = 4", "[attempts]\nbefore_pause = 1"
    )
    assert loaded.config.attempts.before_pause == 1
    assert loaded.config.attempts.before_password == 4
    assert loaded.origins["attempts.before_pause"] == DROP_IN
    assert loaded.origins["attempts.before_password"] == MAIN


def test_lists_are_replaced_and_methods_are_added_to() -> None:
    loaded = read(
        '[unlock]\nusers = ["ada", "bob"]\n[unlock.methods]\nada = ["signal swaylock"]',
        '[unlock]\nusers = ["ada"]\n[unlock.methods]\nbob = []',
    )
    assert loaded.config.unlock.users == ("ada",)
    assert dict(loaded.config.unlock.methods) == {
        "*": (UnlockMethod("logind"),),
        "ada": (UnlockMethod("signal", ("swaylock",)),),
        "bob": (),
    }
    assert loaded.origins["unlock.methods.bob"] == DROP_IN
    assert "unlock.methods.*" not in loaded.origins


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[camera]\nsorce = 'x'", f"{MAIN}: camera.sorce: is no setting; did you mean source?"),
        ("[unlok]", f"{MAIN}: unlok: is no section; did you mean unlock?"),
        ("[zzz]", f"{MAIN}: zzz: is no section; sections: camera, recognition, unlock,"),
        ("[audit]\nzzz = 1", f"{MAIN}: audit.zzz: is no setting; [audit] has: distances,"),
        (
            "[schedule]\nsource = '0'",
            f"{MAIN}: schedule.source: is no setting; source belongs to [camera]",
        ),
        (
            "security = 'strict'",
            f"{MAIN}: security: stands outside its section; put it below [recognition]",
        ),
        ("[greet]\nname = 1", f"{MAIN}: greet: is a setting of the agent; see ~/.config"),
        ("camera = 1", f"{MAIN}: camera: must be a table, is a whole number"),
        ("[[camera]]", f"{MAIN}: camera: must be a table, is a list"),
        (
            "[camera]\nfull_rate = 'fast'",
            f"{MAIN}: camera.full_rate: must be a number from 1 to 120, is 'fast'",
        ),
        ("[camera]\nfull_rate = nan", "must be a number from 1 to 120, is nan"),
        ("[camera]\nfull_rate = 1" + "0" * 50, "is a huge number"),
        ("[camera]\nfull_rate = 0x" + "f" * 2000, "is a huge number"),
        ("[camera]\nfull_rate = 1979-05-27", "is a date or time"),
        ("[camera]\nfull_rate = {a = 1}", "is a table"),
        ("[camera]\nfull_rate = " + "1" * 2000, "is a huge number"),
        ("[recognition]\nthreads = 1.0", "a whole number from 1 to 16, is 1"),
        ("[unlock]\nmethods = {ada = ['shout']}", "unlock.methods: an unlock method is"),
        ("[unlock]\nmethods = {ada = 1}", "unlock.methods: must be, for 'ada', a list"),
        ('["\\u202e\\n"]', f"{MAIN}: '\\u202e\\n': is no section"),
        ("[attempts]\nbefore_password = 1", f"{MAIN}: [attempts]: before_password must not be"),
        ("[camera]\nfull_rate = 1", f"{MAIN}: schedule.idle_rate must not be more than"),
        ("[camera", f"{MAIN}: is not TOML: "),
        ("a = " + "[" * 1500, f"{MAIN}: is nested too deeply"),
        ("#" * 3000, f"{MAIN}: has a line of more than 2048 bytes"),
        ("#\n" * LARGEST_FILE, f"{MAIN}: is larger than 64 KiB"),
        (b"\xff", f"{MAIN}: is not text in UTF-8"),
    ],
)
def test_a_problem_is_one_line_that_names_file_and_key(text: str | bytes, message: str) -> None:
    (problem,) = problems(text)
    assert message in problem
    assert problem.isprintable()
    assert len(problem) <= 300


def test_every_problem_of_every_file_is_named() -> None:
    assert problems("[camera]\nsorce = 1\ninfrared = 2", "[nope]") == [
        f"{MAIN}: camera.sorce: is no setting; did you mean source?",
        f"{MAIN}: camera.infrared: must be one of prefer, only, never, is 2",
        f"{DROP_IN}: nope: is no section; sections: {', '.join(SECTIONS)}",
    ]


def test_the_error_is_its_first_problem_and_how_many_more_there_are() -> None:
    with pytest.raises(ConfigError, match=r"camera\.b: is no setting; .* \(and 2 more\)$"):
        read("[camera]\nb = 1\nc = 1\nd = 1")


def test_no_more_problems_than_one_can_read() -> None:
    text = "[camera]\n" + "\n".join(f"x{n} = 1" for n in range(1000))
    assert len(problems(text)) == 20


def test_files_that_do_not_go_together_are_both_named() -> None:
    (problem,) = problems("[attempts]\nbefore_pause = 9", "[attempts]\nbefore_password = 5")
    assert problem.startswith(f"{MAIN}, {DROP_IN}: [attempts]: before_password must not")


PLAIN = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.just(datetime.date(2025, 1, 1)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WORDS = sorted({key for section in SECTIONS.values() for key in rules(section)} | set(SECTIONS))


@given(st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), PLAIN, max_size=4))
def test_whatever_a_section_holds_it_is_read_or_refused(content: dict[str, Any]) -> None:
    for name, section in SECTIONS.items():
        for key, rule in rules(section).items():
            if key in content:
                try:
                    value = rule.read(content[key])
                except ValueError as error:
                    assert str(error).isprintable()
                else:
                    assert rule.read(value) == value, (name, key)
                    assert tomllib.loads(f"x = {rule.write(value)}")


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes) -> None:
    _read_or_refused(content)


LINES = st.lists(
    st.builds(
        lambda key, value: f"{key} = {value}",
        st.sampled_from(WORDS),
        st.sampled_from(["1", "true", "'auto'", "[]", "{}", "0.5", "-1e400", "['logind']", "nan"])
        | st.text(max_size=10),
    )
    | st.sampled_from([f"[{name}]" for name in SECTIONS])
    | st.text(max_size=20),
    max_size=8,
)


@given(LINES)
def test_whatever_looks_like_a_configuration_is_read_or_refused(lines: list[str]) -> None:
    _read_or_refused("\n".join(lines).encode(errors="surrogatepass"))


def _read_or_refused(content: bytes) -> None:
    try:
        loaded = config.read([Text(MAIN, content)])
    except ConfigError as error:
        assert error.problems
        assert all(str(problem).isprintable() for problem in error.problems)
        assert all(str(problem).startswith(MAIN) for problem in error.problems)
    else:
        written = config.to_toml(loaded).encode()
        assert config.read([Text(MAIN, written)]).config == loaded.config


@given(st.data())
def test_every_configuration_is_the_same_after_writing_and_reading(data: st.DataObject) -> None:
    loaded = config.Loaded(
        Config(
            camera=config.Camera(
                source=data.draw(
                    st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1)
                ),
                full_rate=data.draw(st.floats(5, 120)),
            ),
            recognition=config.Recognition(
                security=data.draw(st.sampled_from(config.SECURITY_LEVELS) | st.floats(2e-6, 1e-2))
            ),
            unlock=config.Unlock(
                users=data.draw(
                    st.sets(st.from_regex(r"[a-z][a-z0-9.@-]{0,9}", fullmatch=True))
                    .map(sorted)
                    .map(tuple)
                ),
                methods={
                    "*": (),
                    "a.b": (UnlockMethod("command", ("/bin/x", data.draw(_ARGUMENT))),),
                },
            ),
        ),
        {},
        (),
    )
    text = config.to_toml(loaded)
    assert config.read([Text(MAIN, text.encode())]).config == loaded.config


_ARGUMENT = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=20)


def test_what_is_shown_says_where_it_comes_from() -> None:
    loaded = read("[schedule]\nidle_rate = 5", "[unlock.methods]\nada = ['signal swaylock']")
    lines = config.to_toml(loaded).splitlines()
    assert f"idle_rate = 5.0  # {MAIN}" in lines
    assert f'"ada" = ["signal swaylock"]  # {DROP_IN}' in lines
    assert '"*" = ["logind"]  # default' in lines
    assert "linger_seconds = 2.0  # default" in lines


def test_as_json_it_says_the_same_and_what_each_setting_is_for() -> None:
    shown = config.to_json(read("[schedule]\nidle_rate = 5"))
    assert set(shown) == set(SECTIONS)
    assert shown["schedule"]["idle_rate"]["value"] == 5.0
    assert shown["schedule"]["idle_rate"]["origin"] == MAIN
    assert shown["schedule"]["linger_seconds"]["origin"] == "default"
    assert shown["unlock"]["methods"]["value"] == {"*": ["logind"]}
    assert shown["unlock"]["methods"]["origin"] == {"*": "default"}
    assert shown["unlock"]["users"]["value"] == []
    assert shown["camera"]["source"]["meaning"]


def test_a_byte_order_mark_at_the_start_is_no_error() -> None:
    assert read(b"\xef\xbb\xbf[camera]\nsource = 'x'\n").config.camera.source == "x"
