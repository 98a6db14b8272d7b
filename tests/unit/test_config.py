"""config.yaml, ``.env`` and the environment: all problems at once, and no secret anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import certifi
import pytest

from bot.config import Config, load
from bot.config.alerting import AlertsFile
from bot.config.schema import ConfigFile, SeriesFile, SpecialFormatFile
from bot.core.address import ListenAddress
from bot.core.model import Clean, Days, Format, Links, Numbering, Series
from bot.core.network import Network
from bot.core.publishing.policy import Policy
from bot.errors import ConfigError

ROOT = Path(__file__).parents[2]
LEAST = "series:\n  flashtweet:\n    at: 7:30\n    weekdays: mon-fri\n"
KEYS = {
    "X_API_KEY": "key-of-the-app",
    "X_API_KEY_SECRET": "secret-of-the-app",
    "X_ACCESS_TOKEN": "12345-tokenOfTheAccount",
    "X_ACCESS_TOKEN_SECRET": "secret-of-the-account",
}
Found = tuple[str, int, str, str]
"""Path, line, message, remedy."""


def write(folder: Path, text: str, dotenv: str | bytes | None = None, mode: int = 0o600) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    if dotenv is not None:
        secrets = folder / ".env"
        secrets.write_bytes(dotenv if isinstance(dotenv, bytes) else dotenv.encode())
        secrets.chmod(mode)
    return path


def loaded(folder: Path, text: str = LEAST, environment: dict[str, str] | None = None, **kwargs) -> Config:
    return load(write(folder, text, **kwargs), environment or {}, folder)


def problems(folder: Path, text: str, environment: dict[str, str] | None = None, **kwargs) -> list[Found]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environment, **kwargs)
    return [(f.path, f.line, f.message, f.remedy) for f in caught.value.findings]


def without_words(series: Series) -> Series:
    return replace(series, format=replace(series.format, intro=None, outro=None))


class TestDefaults:
    def test_the_shipped_file_says_what_the_defaults_are(self, tmp_path: Path):
        """A file with nothing but the series' times and words gives the same configuration."""
        shipped = load(ROOT / "config.yaml", {}, ROOT)
        least = loaded(
            tmp_path,
            """\
series:
  flashtweet: {at: 07:30, weekdays: mon-fri}
  replay: {at: 19:30, weekdays: mon-fri, replays: flashtweet}
  hebdo: {at: 11:00, weekdays: sun, grace: 2h}
""",
        )
        assert (shipped.programme.zone, shipped.programme.locale) == ("Europe/Paris", "fr_FR")
        assert (shipped.programme.zone, shipped.programme.locale) == (
            least.programme.zone,
            least.programme.locale,
        )
        assert (shipped.policy, shipped.settle_is_auto) == (least.policy, least.settle_is_auto)
        assert shipped.alerting == least.alerting
        assert shipped.programme.special == least.programme.special
        assert (shipped.programme.pauses, shipped.programme.reminder) == ((), time(18))
        assert (least.programme.pauses, least.programme.reminder) == ((), time(18))
        assert [without_words(one) for one in shipped.programme.series] == list(least.programme.series)
        assert (shipped.threads.name, shipped.ledger.name) == (least.threads.name, least.ledger.name)

    def test_every_key_is_in_the_shipped_file(self):
        """Its comments are the reference; a key that nobody wrote down there does not exist."""
        text = (ROOT / "config.yaml").read_text()
        keys = {
            *AlertsFile.model_fields,
            *ConfigFile.model_fields,
            *SeriesFile.model_fields,
            *SpecialFormatFile.model_fields,
        }
        assert [key for key in sorted(keys) if f"{key}:" not in text and f"#   {key}" not in text] == []

    def test_the_least_file(self, tmp_path: Path):
        config = loaded(tmp_path)
        [series] = config.programme.series
        assert (series.name, series.at, series.weekdays) == ("flashtweet", time(7, 30), frozenset(range(5)))
        assert series.format == Format()
        assert config.programme.special == Format(numbering=Numbering.FRACTION)
        assert config.policy == Policy(
            settle=timedelta(seconds=90), finish_within=timedelta(hours=2), zone="Europe/Paris"
        )
        assert config.threads == tmp_path / "threads"
        assert (config.ledger, config.ledger_is_forced) == (tmp_path / "flashtweet.db", False)
        assert (config.access, config.missing, config.warnings) == (None, tuple(KEYS), ())

    def test_a_replay_leaves_links_out(self, tmp_path: Path):
        text = LEAST + "  replay:\n    at: 19h30\n    weekdays: mon-fri\n    replays: flashtweet\n"
        assert [one.format.links for one in loaded(tmp_path, text).programme.series] == [
            Links.EACH,
            Links.NONE,
        ]
        text += "    links: each\n"
        assert loaded(tmp_path, text).programme.series[1].format.links is Links.EACH

    def test_a_series_is_cleaned_where_it_says_so(self, tmp_path: Path):
        programme = loaded(tmp_path, LEAST + "    clean: markdown\nspecial: {clean: markdown}\n").programme
        assert [one.clean for one in (programme.series[0].format, programme.special)] == [Clean.MARKDOWN] * 2


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", range(5)),
        ("sun", [6]),
        ("mon, wed,fri", [0, 2, 4]),
        ("[mon, sat-sun]", [0, 5, 6]),
        ("fri-mon", [4, 5, 6, 0]),
        ("Sun-Sat", range(7)),
    ],
)
def test_weekdays(tmp_path: Path, text: str, days: list[int]):
    config = loaded(tmp_path, LEAST.replace("mon-fri", text))
    assert config.programme.series[0].weekdays == frozenset(days)


CHRISTMAS = date(2020, 12, 24)
EPIPHANY = date(2021, 1, 3)
ARMISTICE = date(2020, 11, 11)


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        ("[2020-12-24]", [Days(CHRISTMAS, CHRISTMAS)]),
        ("2020-12-24", [Days(CHRISTMAS, CHRISTMAS)]),
        (
            "[2020-12-24..2021-01-03, 2020-11-11]",
            [Days(CHRISTMAS, EPIPHANY), Days(*[date(2020, 11, 11)] * 2)],
        ),
        ("2020-12-24 .. 2021-01-03", [Days(CHRISTMAS, EPIPHANY)]),
        ("", []),
        ("[]", []),
    ],
)
def test_pauses(tmp_path: Path, text: str, pauses: list[Days]):
    assert loaded(tmp_path, f"pauses: {text}\n{LEAST}").programme.pauses == tuple(pauses)


@pytest.mark.parametrize(
    ("text", "settle", "is_auto"), [("auto", 90, True), ("90s", 90, False), ("5s", 5, False)]
)
def test_settle(tmp_path: Path, text: str, settle: int, is_auto: bool):
    config = loaded(tmp_path, f"settle: {text}\n{LEAST}")
    assert (config.policy.settle, config.settle_is_auto) == (timedelta(seconds=settle), is_auto)


@pytest.mark.parametrize(("text", "at"), [("17h30", time(17, 30)), ("never", None)])
def test_reminder(tmp_path: Path, text: str, at: time | None):
    assert loaded(tmp_path, f"reminder: {text}\n{LEAST}").programme.reminder == at


DAYS = "Write mon, tue, wed, thu, fri, sat, sun, or a range: mon-fri."
CONFIG = "config.yaml"
CASES: dict[str, tuple[str, list[Found]]] = {
    "empty": ("", [(CONFIG, 0, "there is nothing in this file.", "Write something, or delete it.")]),
    "no series": (
        "locale: fr_FR\n",
        [(CONFIG, 1, "'series' is missing.", "Add it: series: …")],
    ),
    "series without any": (
        "series: {}\n",
        [(CONFIG, 1, "series: none configured.", "Add one as config.yaml's comments show.")],
    ),
    "a number for a time": (
        LEAST.replace("7:30", "450"),
        [
            (
                CONFIG,
                3,
                "series.flashtweet.at: '450' is not a time of day.",
                "Write hours and minutes: 07:30",
            )
        ],
    ),
    "a duration without a unit": (
        LEAST + "    gap: 2\n",
        [
            (
                CONFIG,
                5,
                "series.flashtweet.gap: '2' is not a duration.",
                "Write a number and its unit: 500ms, 2s, 30m or 2h",
            )
        ],
    ),
    "a duration of years": (
        LEAST + "    grace: 9999h\n",
        [
            (
                CONFIG,
                5,
                "series.flashtweet.grace: '9999h' is longer than a day.",
                "Write a shorter time: 500ms, 2s, 30m or 2h",
            )
        ],
    ),
    "a French weekday": (
        LEAST.replace("mon-fri", "lun-ven"),
        [(CONFIG, 4, "series.flashtweet.weekdays: 'lun-ven' is not a weekday.", DAYS)],
    ),
    "no weekday": (
        LEAST.replace("mon-fri", "[]"),
        [(CONFIG, 4, "series.flashtweet.weekdays: no weekday given.", DAYS)],
    ),
    "a zone that there is not": (
        "timezone: Paris\n" + LEAST,
        [(CONFIG, 1, "timezone: 'Paris' is not a time zone.", "Write an IANA name: Europe/Paris.")],
    ),
    "a zone that is a path": (
        "timezone: ../../etc/passwd\n" + LEAST,
        [
            (
                CONFIG,
                1,
                "timezone: a text of 16 characters is not a time zone.",
                "Write an IANA name: Europe/Paris.",
            )
        ],
    ),
    "a locale that there is not": (
        "locale: français\n" + LEAST,
        [
            (
                CONFIG,
                1,
                "locale: a text of 8 characters is not a locale.",
                "Write language and country: fr_FR.",
            )
        ],
    ),
    "a numbering that there is not": (
        LEAST + "    numbering: fractions\n",
        [
            (
                CONFIG,
                5,
                "series.flashtweet.numbering: a text of 9 characters is not one of keycap, fraction, none.",
                "Did you mean 'fraction'?",
            )
        ],
    ),
    "a misspelt key": (
        "timezon: Europe/Paris\n" + LEAST,
        [(CONFIG, 1, "'timezon' is not a key that stands here.", "Did you mean 'timezone'?")],
    ),
    "a ledger of another kind": (
        "ledger: postgresql://localhost/x\n" + LEAST,
        [
            (
                CONFIG,
                1,
                "ledger: a URL of 24 characters (postgresql://…) is not a ledger that this version can use.",
                "Write a SQLite file: sqlite:///flashtweet.db (relative to the config file).",
            )
        ],
    ),
    "a replay of nothing": (
        LEAST + "    replays: matinale\n",
        [
            (
                CONFIG,
                5,
                "series.flashtweet.replays: a text of 8 characters is not a series with files of its own.",
                "Name one that is not itself a replay.",
            )
        ],
    ),
    "a replay of itself": (
        LEAST + "    replays: flashtweet\n",
        [
            (
                CONFIG,
                5,
                "series.flashtweet.replays: 'flashtweet' is not a series with files of its own.",
                "Name one that is not itself a replay.",
            )
        ],
    ),
    "a replay too early": (
        LEAST + "  replay:\n    at: 07:30\n    weekdays: mon-fri\n    replays: flashtweet\n",
        [
            (
                CONFIG,
                6,
                "series.replay.at: the replay is due at 07:30, not after flashtweet at 07:30.",
                "Choose a later time.",
            )
        ],
    ),
    "a replay that is cleaned": (
        LEAST
        + "  replay:\n    at: 19:30\n    weekdays: mon-fri\n    replays: flashtweet\n    clean: markdown\n",
        [
            (
                CONFIG,
                9,
                "series.replay.clean: a replay reuses the texts of the series that it replays.",
                "Set it in that series.",
            )
        ],
    ),
    "a name that cannot be typed": (
        LEAST.replace("flashtweet", "Flash Tweet"),
        [
            (
                CONFIG,
                2,
                "series.a text of 11 characters: not a valid series name.",
                "Use a-z, 0-9, '-' and '_'.",
            )
        ],
    ),
    "keycaps on free text": (
        LEAST + "special:\n  numbering: keycap\n",
        [
            (
                CONFIG,
                6,
                "special.numbering: keycaps number items, and a free text has none.",
                "Use fraction or none.",
            )
        ],
    ),
    "a pause that is no date": (
        "pauses:\n  - 2020-11-11\n  - 24/12/2020..2021-01-03\n" + LEAST,
        [(CONFIG, 3, "pauses.2: a text of 10 characters is not a date.", "Did you mean 2020-12-24?")],
    ),
    "a pause that ends before it begins": (
        "pauses: [2021-01-03..2020-12-24]\n" + LEAST,
        [
            (
                CONFIG,
                1,
                "pauses.1: a text of 22 characters ends before it begins.",
                "Write the earlier date first: 2020-12-24..2021-01-03.",
            )
        ],
    ),
    "a reminder that is no time": (
        "reminder: evening\n" + LEAST,
        [(CONFIG, 1, "reminder: 'evening' is not a time of day.", "Write hours and minutes: 07:30")],
    ),
    "a secret in the wrong place": (
        LEAST + "X_API_KEY: abc\n",
        [
            (
                CONFIG,
                5,
                "'X_API_KEY' is not a key that stands here.",
                (
                    "Known keys are: timezone, locale, threads, ledger, settle, on_unknown, on_deleted, "
                    "lease, finish_within, duplicate_window, health, reminder, pauses, series, special, "
                    "alerts, network."
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("127.0.0.1:9464", ListenAddress("127.0.0.1", 9464)),
        ('"localhost:80"', ListenAddress("127.0.0.1", 80)),
        ('"[::1]:9464"', ListenAddress("::1", 9464)),
        ("off", None),
    ],
)
def test_where_health_is_served(tmp_path: Path, written: str, address: ListenAddress | None):
    config = loaded(tmp_path, f"health: {written}\n{LEAST}")
    assert (config.health, config.warnings) == (address, ())


def test_where_health_is_served_by_default(tmp_path: Path):
    assert loaded(tmp_path).health == load(ROOT / "config.yaml", {}, ROOT).health
    assert loaded(tmp_path).health == ListenAddress("127.0.0.1", 9464)


@pytest.mark.parametrize("written", ["0.0.0.0:9464", "10.1.2.3:9464", '"[::]:9464"'])
def test_health_that_others_can_read(tmp_path: Path, written: str):
    config = loaded(tmp_path, f"health: {written}\n{LEAST}")
    [warning] = config.warnings
    address = written.strip('"')
    assert str(config.health) == address
    assert (warning.code, warning.line) == ("open-health", 1)
    assert str(warning) == (
        f"config.yaml:1:1: health: {address} lets other machines read health and metrics, "
        "without a password. "
        "Limit access by a firewall or the container's network; on one machine, write 127.0.0.1."
    )


_HOST = 'Write 127.0.0.1, or "[::1]:9464" in quotes; 0.0.0.0 means every address of the machine.'


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("9464", "'9464' is not an address with a port", "Did you mean 127.0.0.1:9464?"),
        ("yes", "'yes' is not an address with a port", "Write 127.0.0.1:9464, or off."),
        ('"127.0.0.1:"', "'' is not a port", "Write a number up to 65535: 127.0.0.1:9464."),
        ("127.0.0.1:0", "'0' is not a port", "Write a number up to 65535: 127.0.0.1:9464."),
        ("127.0.0.1:65536", "'65536' is not a port", "Write a number up to 65535: 127.0.0.1:9464."),
        ("127.0.0.1:http", "'http' is not a port", "Write a number up to 65535: 127.0.0.1:9464."),
        (":9464", "'' is not an IP address", _HOST),
        ("metrics.example.com:9464", "a text of 19 characters is not an IP address", _HOST),
        ("::1:9464", "'::1' is not an IP address", _HOST),
    ],
)
def test_health_that_is_no_address(tmp_path: Path, written: str, message: str, remedy: str):
    assert problems(tmp_path, f"health: {written}\n{LEAST}") == [(CONFIG, 1, f"health: {message}.", remedy)]


@pytest.mark.parametrize("name", CASES)
def test_every_problem_says_where_and_what_to_do(tmp_path: Path, name: str):
    text, expected = CASES[name]
    assert problems(tmp_path, text) == expected


def test_all_problems_at_once(tmp_path: Path):
    text = "timezone: Paris\nlocale: x\n" + LEAST.replace("7:30", "soon") + "settle: 90\n"
    environment = {"X_API_BASE_URL": "http://example.com", "FLASHTWEET_LEDGER": "here"}
    found = problems(tmp_path, text, environment, dotenv=b"\xff")
    assert [(path, line) for path, line, _, _ in found] == [
        (".env", 0),
        (CONFIG, 1),
        (CONFIG, 2),
        (CONFIG, 5),
        (CONFIG, 7),
        ("environment or .env", 0),
        ("environment or .env", 0),
    ]


def test_no_file(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml", {}, tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["no-config"]
    assert str(caught.value) == (
        "config.yaml: it cannot be read: No such file or directory. "
        "A newsroom's folder has config.yaml and threads/: run this there, or copy config.yaml of "
        "this project and make threads/, or name the file: flashtweet --config PATH …"
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://api.x.com", "keys would be sent unencrypted"),
        ("api.x.com", "it does not begin with https:// and the name of a server"),
        ("ftp://api.x.com", "it does not begin with https:// and the name of a server"),
        ("https://api.x.com/2", "unexpected text after the server's name and port, from character 18"),
        ("https://api.x.com?a=b", "unexpected text after the server's name and port, from character 18"),
        ("https://[", "it does not begin with https:// and the name of a server"),
        ("https://api.x.com:99999", "its port is not a number from 1 to 65535"),
        ("https://api.x.com:0", "its port is not a number from 1 to 65535"),
        ("https://api.x.com:", "its port is not a number from 1 to 65535"),
        ("https://user:pa55word", "its port is not a number from 1 to 65535"),
        ("https://a b", "unexpected text after the server's name and port, from character 10"),
        ('"https://api.x.com"', "it begins with a quotation mark; write no quotes around it"),
        ("https://é.com", "character 9 of 13 is not allowed in an address"),
        (" https://api.x.com", "character 1 of 18 is not allowed in an address"),
        ("https://api.x.com\n", "unexpected text after the server's name and port, from character 18"),
        ("https://me:secret@api.x.com", "it contains a user name or a password"),
        ("https://me@api.x.com", "it contains a user name or a password"),
        ("https://-a.com", "it does not begin with https:// and the name of a server"),
    ],
)
def test_where_x_may_be(tmp_path: Path, url: str, message: str):
    """A wrong address is described and not quoted: it may hold a password."""
    [(path, _, found, _)] = problems(tmp_path, LEAST, {"X_API_BASE_URL": url})
    assert path == "environment or .env"
    assert found.startswith("X_API_BASE_URL: ")
    assert found.endswith(f"{message}.")
    assert url.strip() not in found


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "[::1]"])
def test_this_machine_needs_no_tls(tmp_path: Path, host: str):
    """X's address and an alert's go by one rule of what this machine is."""
    (tmp_path / "config.yaml").write_text(f"{LEAST}alerts:\n  urls: ['json://{host}/']\n", "utf-8")
    config = load(tmp_path / "config.yaml", {**KEYS, "X_API_BASE_URL": f"http://{host}:8281"}, tmp_path)
    assert config.access is not None
    assert config.access.is_rehearsal
    assert config.warnings == ()


PROXY = "network:\n  proxy: "


class TestNetwork:
    def test_the_way_to_x_is_direct_by_default(self, tmp_path: Path):
        assert loaded(tmp_path, environment=KEYS).network == Network()

    def test_a_proxy_and_authorities(self, tmp_path: Path):
        pem = Path(certifi.where()).read_text(encoding="utf-8")
        (tmp_path / "ca.pem").write_text(pem, encoding="utf-8")
        text = f"{LEAST}network:\n  proxy: http://proxy.example:3128\n  ca_file: ca.pem\n"
        config = loaded(tmp_path, text, environment=KEYS)
        assert config.access is not None
        assert config.access.network == Network(str(tmp_path / "ca.pem"), "http://proxy.example:3128")
        assert config.warnings == ()

    def test_a_proxy_with_a_password_comes_from_a_variable(self, tmp_path: Path):
        secret = {"PROXY": "http://me:s3cr3t@proxy.example:3128"}
        config = loaded(tmp_path, f"{LEAST}{PROXY}${{PROXY}}\n", environment=KEYS | secret)
        assert config.access is not None
        assert config.access.network.proxy == secret["PROXY"]
        assert "s3cr3t" not in repr(config)
        bare = loaded(tmp_path, f"{LEAST}{PROXY}{secret['PROXY']}\n", environment=KEYS)
        assert [finding.code for finding in bare.warnings] == ["bare-secret"]
        assert "s3cr3t" not in str(bare.warnings)

    def test_a_proxy_that_is_not_set_is_a_missing_credential(self, tmp_path: Path):
        """X is not asked directly in its place."""
        config = loaded(tmp_path, f"{LEAST}{PROXY}${{PROXY}}\n", environment=KEYS)
        assert (config.access, config.missing) == (None, ("PROXY",))

    @pytest.mark.parametrize("url", ["socks5://h:1", "http://h:1/path", "http://h:99999", "http://u:s3@"])
    def test_what_is_no_proxy(self, tmp_path: Path, url: str):
        [(path, _, message, _)] = problems(tmp_path, f"{LEAST}{PROXY}{url}\n", KEYS)
        assert path == CONFIG
        assert message.startswith("network.proxy: a URL of ")
        assert " is not the address of a proxy: " in message
        assert url not in message

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "network.ca_file: the file cannot be read: No such file or directory."),
            ("no certificate", "network.ca_file: the file contains no PEM certificate."),
        ],
    )
    def test_authorities_that_cannot_be_used(self, tmp_path: Path, content: str | None, message: str):
        if content is not None:
            (tmp_path / "ca.pem").write_text(content, encoding="utf-8")
        [(_, _, found, _)] = problems(tmp_path, f"{LEAST}network:\n  ca_file: ca.pem\n", KEYS)
        assert found == message

    def test_a_text_in_its_place_is_not_quoted(self, tmp_path: Path):
        [(_, _, found, _)] = problems(tmp_path, f"{LEAST}network: http://me:s3cr3t@proxy\n", KEYS)
        assert "s3cr3t" not in found

    def test_a_sandbox_is_reached_without_a_proxy(self, tmp_path: Path):
        at = {"X_API_BASE_URL": "http://127.0.0.1:8000"}
        config = loaded(tmp_path, f"{LEAST}{PROXY}http://proxy.example:3128\n", environment=KEYS | at)
        assert config.access is not None
        assert config.access.network == Network()

    def test_what_the_environment_has_is_known_and_not_used(self, tmp_path: Path):
        set_there = {"https_proxy": "http://p:1", "SSL_CERT_FILE": "/ca.pem", "HTTP_PROXY": ""}
        config = loaded(tmp_path, environment=KEYS | set_there)
        assert config.network == Network(unused=("https_proxy", "SSL_CERT_FILE"))


class TestSecrets:
    def test_from_dotenv(self, tmp_path: Path):
        text = "\n".join(f"{name}={value}" for name, value in KEYS.items())
        config = loaded(tmp_path, dotenv=text)
        assert config.access is not None
        assert (config.access.base_url, config.access.api_key) == ("https://api.x.com", "key-of-the-app")
        assert (config.access.user_id, config.missing, config.warnings) == ("12345", (), ())

    def test_the_environment_wins(self, tmp_path: Path):
        text = "\n".join(f"{name}={value}" for name, value in KEYS.items())
        config = loaded(tmp_path, environment={"X_API_KEY": "other", "X_API_KEY_SECRET": ""}, dotenv=text)
        assert config.access is not None
        assert (config.access.api_key, config.access.api_key_secret) == ("other", "secret-of-the-app")

    def test_a_byte_order_mark_hides_no_name(self, tmp_path: Path):
        config = loaded(tmp_path, dotenv="\ufeffX_API_KEY=a\r\nX_API_KEY_SECRET=b\r\n")
        assert config.missing == ("X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")

    def test_a_dollar_is_a_dollar(self, tmp_path: Path):
        config = loaded(tmp_path, environment=KEYS | {"X_API_KEY": ""}, dotenv="X_API_KEY=a${HOME}$b")
        assert config.access is not None
        assert config.access.api_key == "a${HOME}$b"

    def test_no_repr_shows_one(self, tmp_path: Path):
        config = loaded(tmp_path, environment=KEYS)
        shown = f"{config!r} {config} {config.access!r} {config.access}"
        assert [secret for secret in KEYS.values() if secret in shown] == []

    def test_others_can_read_them(self, tmp_path: Path):
        [warning] = loaded(tmp_path, dotenv="X_API_KEY=a", mode=0o644).warnings
        assert str(warning) == ".env: other users of this machine can read it (mode 644). Run: chmod 600 .env"
        assert warning.code == "open-secrets"

    def test_not_a_text(self, tmp_path: Path):
        assert problems(tmp_path, LEAST, dotenv=b"X_API_KEY=\xff") == [
            (".env", 0, "this is not UTF-8 text.", "Create it again from .env.example.")
        ]

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://localhost:8000", "http://[::1]:80"])
    def test_a_rehearsal_is_on_this_machine(self, tmp_path: Path, url: str):
        access = loaded(tmp_path, environment=KEYS | {"X_API_BASE_URL": url}).access
        assert access is not None
        assert (access.base_url, access.is_rehearsal) == (url.rstrip("/"), True)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///a.db", "{}/a.db"),
        ("sqlite:///sub/a.db", "{}/sub/a.db"),
        ("sqlite:////var/lib/a.db", "/var/lib/a.db"),
    ],
)
def test_the_ledger_is_beside_the_config(tmp_path: Path, url: str, path: str):
    expected = Path(path.format(tmp_path))
    assert loaded(tmp_path, f"ledger: {url}\n{LEAST}").ledger == expected
    forced = loaded(tmp_path, environment={"FLASHTWEET_LEDGER": url})
    assert (forced.ledger, forced.ledger_is_forced) == (expected, True)
