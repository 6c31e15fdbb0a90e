"""The file is the documentation: it and the schema agree, and every mistake is named with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import ConfigError, Problem, centre_file, check, load
from kiosk.settings import SECTIONS, Settings
from offline_queue.contract import Quota

SHIPPED = Path(__file__).parents[1] / "kiosk.ini"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "kiosk.ini"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(folder: Path, text: str | bytes) -> list[str]:
    return [str(problem) for problem in check(write(folder, text))]


# --- file and schema ----------------------------------------------------------------------------------------------


def shipped_keys() -> dict[tuple[str, str], tuple[str, str]]:
    """(section, key) -> (value, the line above)."""
    keys: dict[tuple[str, str], tuple[str, str]] = {}
    section = above = ""
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#") and "=" in line:
            key, _, value = line.partition("=")
            keys[section, key.strip()] = (value.strip(), above)
        above = line
    return keys


def test_file_lists_every_key_in_the_order_of_the_schema() -> None:
    expected = [(name, key) for name, section in SECTIONS.items() for key in section.model_fields]
    assert list(shipped_keys()) == expected


def test_every_key_has_a_comment_above_it() -> None:
    assert [key for key, (_, above) in shipped_keys().items() if not above.startswith("# ")] == []


def test_every_key_has_a_description_for_its_errors() -> None:
    missing = [
        (name, key) for name, s in SECTIONS.items() for key, field in s.model_fields.items() if not field.description
    ]
    assert missing == []


def test_file_holds_the_defaults(tmp_path: Path) -> None:
    headings = "".join(f"[{name}]\n" for name in SECTIONS)
    defaults = load(write(tmp_path, headings))
    same = load(write(tmp_path, SHIPPED.read_bytes()))
    assert same == defaults


def test_shipped_file_is_without_doubt() -> None:
    assert check(SHIPPED) == []


# --- values -------------------------------------------------------------------------------------------------------


def test_relative_paths_start_at_the_folder_of_the_file_and_queue_at_state_dir(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "[terminal]\nstate_dir = s\n[queue]\nfile = q.db\nkey_file = /k\n[log]\nfile =\n"))
    assert settings.terminal.state_dir == tmp_path / "s"
    assert settings.queue.file == tmp_path / "s" / "q.db"
    assert settings.queue.key_file == Path("/k")
    assert settings.staff.pin_file == tmp_path / "s" / "staff.json"
    assert settings.log.file is None


def test_quotas_are_handed_down_in_bytes_and_seconds(tmp_path: Path) -> None:
    text = "[queue]\nmax_waiting = 5\nmax_megabytes = 2\nmax_days = 3\nfree_megabytes = 40\n"
    quota = load(write(tmp_path, text)).queue.quota
    assert quota == Quota(count=5, size=2 * 1024 * 1024, age=3 * 24 * 3600, free=40 * 1024 * 1024)


def test_quotas_are_those_of_the_queue_unless_set() -> None:
    assert Settings().queue.quota == Quota()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().window.width = 5  # pyright: ignore[reportAttributeAccessIssue]


def test_override_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[terminal]\nstate_dir = a\n[window]\nwidth = 400\n")
    settings = load(path, ["window.width=500", "terminal.state_dir=b", "window.width=600"])
    assert settings.window.width == 600
    assert settings.queue.file == tmp_path / "b" / "queue.db"


def test_override_with_contradiction_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "[window]\n"), ["window.dock=yes", "window.fullscreen=yes"])
    assert str(caught.value) == "--set: [window] dock: cannot be yes together with fullscreen = yes"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("x", "--set: not section.key=value: x"),
        ("windw.width=1", "--set: [windw] there is no such section (did you mean window.width?)"),
        ("window.widht=1", "--set: [window] widht: there is no such key (did you mean width?)"),
    ],
)
def test_wrong_override(tmp_path: Path, override: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "[window]\n"), [override])
    assert str(caught.value) == expected


def test_bom_and_crlf_are_tolerated(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff[terminal]\r\nhall = 示例厅\r\n[window]\r\nwidth = 400\r\n".encode())
    settings = load(path)
    assert (settings.terminal.hall, settings.window.width) == ("示例厅", 400)


def test_demo_pin_only_while_everything_is_simulated(tmp_path: Path) -> None:
    path = write(tmp_path, "[camera]\ndriver = simulated\n")
    assert load(path).demo_pin == "246810"
    assert load(path, ["camera.driver=opencv"]).demo_pin is None
    assert load(path, ["staff.demo_pin="]).demo_pin is None


# --- mistakes -----------------------------------------------------------------------------------------------------

ONE_LINE_MISTAKES = {
    "[id_card]\nbaud = 11520": (
        "2: [id_card] baud: 11520 is not one of auto, 115200, 57600, 38400, 19200, 9600 (did you mean 115200?)"
    ),
    "[id_card]\ndriver = sma": "2: [id_card] driver: sma is not one of simulated, none, sam (did you mean sam?)",
    "[camera]\ndriver = none\nfps = many": "3: [camera] fps: many is not a",
    "[terminal]\nlanguage = zh_hans": "(did you mean zh-Hans?)",
    "[terminal]\nid = gd-1": "2: [terminal] id: gd-1 is not what belongs here: 2 to 16 capital letters and digits",
    "[terminal]\nhall =": "2: [terminal] hall: is empty",
    "[terminal]\nstate_dir =": "2: [terminal] state_dir: is empty",
    f"[terminal]\nrun_dir = /{'x' * 91}": "2: [terminal] run_dir: is too long for a Unix socket: at most 91 bytes",
    "[window]\nwidth = wide": "2: [window] width: wide is not a whole number",
    "[window]\nwidth = 9.5": "2: [window] width: 9.5 is not a whole number",
    "[window]\nwidth = 5": "2: [window] width: 5 is less than 360",
    "[window]\nwidth = 50000": "2: [window] width: 50000 is more than 7680",
    "[window]\nfullscreen = maybe": "2: [window] fullscreen: maybe is neither yes nor no",
    "[window]\nfullscreen = yes": "2: [window] dock: cannot be yes together with fullscreen = yes",
    "[central]\ntimeout_seconds = nan": "2: [central] timeout_seconds: nan is not a number",
    "[central]\ntimeout_seconds = 0": "2: [central] timeout_seconds: 0 is not more than 0",
    "[central]\nurl = centre": "2: [central] url: centre is not what belongs here: an address that begins with https://",
    "[receipt_printer]\ndriver = escpos": "2: [receipt_printer] port: is empty, but driver = escpos needs it",
    "[receipt_printer]\ncolumns = 70": "2: [receipt_printer] columns: 70 is more than 64",
    "[document_printer]\ndriver = folder": "2: [document_printer] port: is empty, but driver = folder needs it",
    "[id_card]\ndriver = sam\nport =": "3: [id_card] port: is empty, but driver = sam needs it",
    "[queue]\nkey_file = queue.db": "2: [queue] key_file: is the same file as file",
    "[queue]\nkey = tmp": "2: [queue] key: tmp is not one of auto, file, tpm (did you mean tpm?)",
    "[queue]\nprofile = gmm": "2: [queue] profile: gmm is not one of standard, gm (did you mean gm?)",
    "[queue]\nmax_waiting = 0": "2: [queue] max_waiting: 0 is less than 1",
    "[queue]\nfree_megabytes = 1": "2: [queue] free_megabytes: 1 is less than 32",
    "[queue]\nmax_megabyte = 1": "2: [queue] max_megabyte: there is no such key (did you mean max_megabytes?)",
    "[face]\nmatch_distance = 0.7": "2: [face] uncertain_distance: 0.6 is less than match_distance = 0.7",
    "[staff]\ndemo_pin = 12": "2: [staff] demo_pin: 12 is not what belongs here: 4 to 8 digits, or empty",
    "[widnow]": "1: [widnow] there is no such section (did you mean [window]?)",
    "[zzz]": "1: [zzz] there is no such section",
    "[window]\nwidht = 1": "2: [window] widht: there is no such key (did you mean width?)",
    "[log]\nwidth = 1": "2: [log] width: there is no such key (did you mean [window] width?)",
    "[window]\nwidth = 400\nwidth = 500": "3: [window] width: stands already in line 2",
    "[window]\n\n[window]": "3: [window] the section stands already in line 1",
    "width = 400": "1: width: stands before the first [section]",
    "[window]\nwidth": "2: [window] no [section], no key = value: width",
}


@pytest.mark.parametrize(("text", "expected"), ONE_LINE_MISTAKES.items())
def test_mistake_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    [problem] = problems(tmp_path, text + "\n")
    assert problem.startswith("kiosk.ini:")
    assert expected in problem


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    window = "[window]\nwidth = x\nfullscreen = yes\nnonsense\n"
    id_card = "[id_card]\nbaud = 1\ndriver = sam\nport =\n"
    found = check(write(tmp_path, window + id_card + "[nowhere]\na = 1\n"))
    places = [(2, "width"), (3, "dock"), (4, ""), (6, "baud"), (8, "port"), (9, "")]
    assert [(problem.line, problem.key) for problem in found] == places
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "kiosk.ini")
    assert list(caught.value.problems) == found
    assert str(caught.value).splitlines() == [str(problem) for problem in found]


def test_contradiction_is_not_told_of_a_value_that_is_wrong_itself(tmp_path: Path) -> None:
    found = check(write(tmp_path, "[face]\nmatch_distance = 0.9\nuncertain_distance = far\n"))
    assert [problem.message for problem in found] == ["far is not a number"]


def test_real_centre_needs_address_and_key(tmp_path: Path) -> None:
    found = check(write(tmp_path, "[central]\nembedded = no\n"))
    assert {problem.key for problem in found} == {"url", "catalogue_key_file"}


DAMAGED_FILES = {
    b"": "kiosk.ini: is empty",
    b"\0" * 40: "kiosk.ini: is empty",
    b"[window]\nwidth = 4\0\0\0\0\n": "kiosk.ini:2: holds zero bytes",
    b"[window]\nwidth = 10": "kiosk.ini:2: the last line has no end",
    "[window]\n[terminal]\nhall = 厅\n".encode("gb18030"): "kiosk.ini:3: byte 0xcc is not UTF-8",
}


@pytest.mark.parametrize(("data", "expected"), DAMAGED_FILES.items())
def test_damaged_file(tmp_path: Path, data: bytes, expected: str) -> None:
    [problem] = problems(tmp_path, data)
    assert problem.startswith(expected)


def test_missing_file(tmp_path: Path) -> None:
    [problem] = check(tmp_path / "no.ini")
    assert "cannot be read: No such file or directory" in str(problem)


@given(data=st.binary(max_size=200) | st.text(alphabet="[]=\n ;#abwindow1.", max_size=200).map(str.encode))
def test_any_bytes_give_settings_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = write(tmp_path_factory.getbasetemp(), data)
    if any(problem.level == "error" for problem in check(path)):
        with pytest.raises(ConfigError):
            load(path)
    else:
        assert isinstance(load(path), Settings)


@given(cut=st.integers(min_value=0, max_value=len(SHIPPED.read_bytes()) - 1))
def test_file_cut_off_inside_a_line_is_noticed(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    data = SHIPPED.read_bytes()[:cut]
    if not data.endswith(b"\n"):
        assert problems(tmp_path_factory.getbasetemp(), data)


# --- doubts -------------------------------------------------------------------------------------------------------


def test_real_device_without_pin_file_is_doubtful(tmp_path: Path) -> None:
    found = check(write(tmp_path, "[camera]\ndriver = opencv\n"))
    assert [(problem.level, problem.key) for problem in found] == [("warning", "pin_file")]


def test_a_missing_file_of_authorities_is_doubtful(tmp_path: Path) -> None:
    found = check(write(tmp_path, "[central]\nca_file = centre.pem\n"))
    assert [(problem.level, problem.key) for problem in found] == [("warning", "ca_file")]


def test_real_reader_with_simulated_decoder_and_bare_http_are_doubtful(tmp_path: Path) -> None:
    (tmp_path / "staff.json").write_text("{}")
    real = f"[id_card]\ndriver = sam\nport = /dev/ttyUSB0\n[staff]\npin_file = {tmp_path}/staff.json\n"
    central = "[central]\nembedded = no\nurl = http://centre.example\ncatalogue_key_file = k\n"
    found = check(write(tmp_path, real + central))
    assert [problem.key for problem in found] == ["photo_decoder", "url"]
    assert "warning:" in str(found[0])


def test_problem_reads_like_a_compiler() -> None:
    problem = Problem(12, "id_card", "baud", "is wrong", "115200")
    assert str(problem) == "kiosk.ini:12: [id_card] baud: is wrong (did you mean 115200?)"


# --- what the centre sets -------------------------------------------------------------------------------------------


def test_what_the_centre_sets_wins_over_the_file_and_loses_to_an_override(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.ini"
    file.write_text("[journey]\nidle_seconds = 30\nface_seconds = 10\n")
    centre_file(file).write_text("# version 3\njourney.idle_seconds=45\njourney.face_seconds=20\n")
    journey = load(file, ["journey.face_seconds=25"]).journey

    assert (journey.idle_seconds, journey.face_seconds) == (45, 25)


def test_a_mistake_in_it_is_told_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.ini"
    file.write_text("[journey]\nidle_seconds = 30\n")
    centre_file(file).write_text("journey.idle_seconds=soon\n")
    with pytest.raises(ConfigError) as told:
        load(file)

    assert [(one.origin, one.key) for one in told.value.problems] == [("kiosk.ini.centre", "idle_seconds")]
