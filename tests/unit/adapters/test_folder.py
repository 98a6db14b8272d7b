"""The editors' folder: which files are read or ignored, and when a change counts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from bot.adapters.folder import FolderSource
from bot.adapters.folder.catalog_source import MAX_BYTES_READ
from bot.adapters.folder.catalog_source import _instant as instant_of
from bot.adapters.folder.catalog_source import _read as read_file
from bot.adapters.folder.scan import DEEPEST
from bot.adapters.issue_files import parse
from bot.core.model import Issue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.errors import Finding


@dataclass
class Parsed:
    issue: Issue | None
    findings: tuple[Finding, ...] = ()


@dataclass
class Reader:
    """A parser that creates an issue from any text, and records its input."""

    given: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, path: str, data: bytes) -> Parsed:
        self.given.append((path, data))
        return Parsed(Issue(path, ()))


def write(folder: Path, name: str, text: str = "x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def every(seconds: float) -> Callable[[], float]:
    """Return a clock that never jumps, for a scan every `seconds`."""
    return count(0, seconds).__next__


def source(*roots: Path, shown_from: Path, patient: bool = False) -> tuple[FolderSource, Reader]:
    reader = Reader()
    elapsed = every(2.0) if patient else None
    return FolderSource(roots, reader, shown_from=shown_from, elapsed=elapsed), reader


def found(folder: FolderSource) -> list[tuple[str, str, str, str, str]]:
    return [(f.code, str(f.severity), f.path, f.message, f.remedy) for f in folder.load().findings]


class TestWhatIsRead:
    def test_yaml_in_subfolders_too_in_order(self, tmp_path: Path):
        for name in ("b.yaml", "a.YML", "sub/deep/c.yaml", "d.txt", "README", "e.yaml.txt", "f.json"):
            write(tmp_path, name)
        folder, reader = source(tmp_path, shown_from=tmp_path)
        assert folder.load().paths == ("a.YML", "b.yaml", "sub/deep/c.yaml")
        assert [path for path, _ in reader.given] == ["a.YML", "b.yaml", "sub/deep/c.yaml"]

    def test_what_editors_programs_leave_is_ignored(self, tmp_path: Path):
        for name in (".a.yaml", "~a.yaml", "a.yaml~", ".a.yaml.swp", "a.yaml.tmp", "#a.yaml#", ".git/a.yaml"):
            write(tmp_path, name)
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert (folder.load().paths, folder.load().findings) == ((), ())

    @pytest.mark.parametrize(
        "name",
        [
            "2020-11-06 (conflicted copy 2020-11-06).yaml",
            "2020-11-06 (Copie en conflit de Mac).yaml",
            "2020-11-06 (conflit de copie).yaml",
            "2020-11-06.sync-conflict-20201106-073000-ABC.yaml",
            "2020-11-06_conflict-20201106-073000.yaml",
            "2020-11-06 [Conflict].yaml",
            "2020-11-06 [conflict 2].yml",
            "2020-11-06 (case conflict).yaml",
            "2020-11-06 (Case Conflict 1).yaml",
            "2020-11-06 (Conflit de casse).yaml",
        ],
    )
    def test_copies_of_a_sync_tool_are_reported_and_left_out(self, tmp_path: Path, name: str):
        write(tmp_path, name)
        folder, reader = source(tmp_path, shown_from=tmp_path)
        assert found(folder) == [
            (
                "sync-copy",
                "warning",
                name,
                "a synchronisation tool made this copy; it is left out.",
                "Move what you need into the original and delete the copy.",
            )
        ]
        assert reader.given == []

    @pytest.mark.parametrize(
        "name",
        ["2020-11-06-PC-ANNE.yaml", "sub/2020-11-06-DESKTOP-7G3K2A.yml", "2020-11-06-REDAC-PC.yaml"],
    )
    def test_a_computers_copy_beside_its_original_too(self, tmp_path: Path, name: str):
        """OneDrive appends the computer's name."""
        write(tmp_path, name)
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert (folder.load().paths, found(folder)) == ((name,), [])
        before, _, ending = name.partition("-06")
        original = f"{before}-06{ending[-5:] if ending.endswith('.yaml') else ending[-4:]}"
        write(tmp_path, original)
        loaded = folder.load()
        assert loaded.paths == (original,)
        assert [(one.code, one.path) for one in loaded.findings] == [("sync-copy", name)]

    @pytest.mark.parametrize("name", ["2020-11-06-BIS.yaml", "2020-11-06-V2.yaml", "2020-11-06-pc-anne.yaml"])
    def test_an_editors_own_copy_is_read(self, tmp_path: Path, name: str):
        write(tmp_path, name)
        write(tmp_path, "2020-11-06.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert set(folder.load().paths) == {name, "2020-11-06.yaml"}

    @pytest.mark.parametrize(
        ("name", "what", "meant"),
        [
            ("2020-11-06.txt", "ends in .txt", "2020-11-06.yaml"),
            ("2020-11-06.docx", "ends in .docx", "2020-11-06.yaml"),
            ("flash 2020-11-06 v2.odt", "ends in .odt", "flash 2020-11-06 v2.yaml"),
            ("20201106.rtf", "ends in .rtf", "20201106.yaml"),
            ("2020-11-06.doc", "ends in .doc", "2020-11-06.yaml"),
            ("2020-11-06", "has no ending", "2020-11-06.yaml"),
            ("06.11.2020", "has no ending", "06.11.2020.yaml"),
            ("2020-11-06.pages", "ends in .pages", "2020-11-06.yaml"),
            ("2020-11-06.md", "ends in .md", "2020-11-06.yaml"),
            ("2020-11-06.html", "ends in .html", "2020-11-06.yaml"),
            ("2020-11-06.json", "ends in .json", "2020-11-06.yaml"),
            ("2020-11-06.eml", "ends in .eml", "2020-11-06.yaml"),
            ("matinale.docx", "ends in .docx", "matinale.yaml"),
            ("focus-053.txt", "ends in .txt", "focus-053.yaml"),
            ("Focus.MD", "ends in .MD", "Focus.yaml"),
        ],
    )
    def test_a_text_that_is_not_read_is_reported(self, tmp_path: Path, name: str, what: str, meant: str):
        write(tmp_path, name)
        folder, reader = source(tmp_path, shown_from=tmp_path)
        assert found(folder) == [
            (
                "other-ending",
                "warning",
                name,
                f"its name {what}, so it is not read.",
                f"If it is for flashtweet, save it as plain text named {meant}.",
            )
        ]
        assert reader.given == []

    @pytest.mark.parametrize(
        "name",
        [
            *("LISEZMOI", "README.md", "LISEZ-MOI.txt", "LICENSE", "photo-2020-11-06.png", "2020-11-06.pdf"),
            *(
                "2020-11",
                "2020-11-06.yaml.bak",
                "2020-11-06.bak",
                "a.swp",
                ".notes.txt",
                "~notes.docx",
                "a.csv",
            ),
        ],
    )
    def test_what_else_stands_there_is_left_in_silence(self, tmp_path: Path, name: str):
        write(tmp_path, name)
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert (folder.load().paths, found(folder)) == ((), [])

    def test_of_many_texts_that_are_not_read_some_are_named(self, tmp_path: Path):
        """Names with a date come first."""
        for n in range(30):
            write(tmp_path, f"textes/a{n}.txt")
        write(tmp_path, "2020-11-06.txt")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        warned = found(folder)
        assert (len(warned), "2020-11-06.txt" in [one[2] for one in warned]) == (21, True)
        assert [one[3] for one in warned if one[2] == "textes"] == [
            "11 more files with names that do not end in .yaml are not read."
        ]

    @pytest.mark.parametrize("suffix", [".txt", ".rtf", ".docx"])
    def test_a_hidden_second_ending_is_reported(self, tmp_path: Path, suffix: str):
        """Windows hides ``.txt``, and its editor appends it."""
        write(tmp_path, f"2020-11-06.yaml{suffix}")
        folder, reader = source(tmp_path, shown_from=tmp_path)
        assert found(folder) == [
            (
                "second-ending",
                "warning",
                f"2020-11-06.yaml{suffix}",
                f"its name ends in {suffix}, so it is not read.",
                "If it is for flashtweet, save it as plain text named 2020-11-06.yaml.",
            )
        ]
        assert reader.given == []

    def test_a_file_may_be_named_itself(self, tmp_path: Path):
        path = write(tmp_path, "a.txt")
        folder, _ = source(path, path, shown_from=tmp_path)
        assert folder.load().paths == ("a.txt",)

    def test_elsewhere_is_shown_in_full(self, tmp_path: Path):
        path = write(tmp_path, "out/a.yaml")
        folder, _ = source(path, shown_from=tmp_path / "in")
        assert folder.load().paths == (str(path),)

    def test_no_more_is_read_than_shows_that_it_is_too_much(self, tmp_path: Path):
        write(tmp_path, "a.yaml", "#" * 3_000_000)
        folder = FolderSource([tmp_path], parse, shown_from=tmp_path)
        assert [f.code for f in folder.load().findings] == ["too-large"]


class TestTrouble:
    def test_nothing_there(self, tmp_path: Path):
        folder, _ = source(tmp_path / "threads", shown_from=tmp_path)
        assert found(folder) == [
            (
                "not-found",
                "error",
                "threads",
                "there is no such file or folder.",
                "Correct the path, or 'threads' in config.yaml.",
            )
        ]

    def test_a_link_to_nowhere_keeps_no_other_file(self, tmp_path: Path):
        (tmp_path / "a.yaml").symlink_to(tmp_path / "gone")
        write(tmp_path, "b.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert folder.load().paths == ("b.yaml",)
        assert found(folder) == [
            (
                "unreadable",
                "error",
                "a.yaml",
                "it cannot be read: No such file or directory.",
                "Check its owner and mode.",
            )
        ]

    def test_a_pipe_does_not_keep_us_waiting(self, tmp_path: Path):
        os.mkfifo(tmp_path / "a.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert [(code, message) for code, _, _, message, _ in found(folder)] == [
            ("unreadable", "it cannot be read: it is not a file.")
        ]

    def test_a_loop_of_folders_is_walked_once(self, tmp_path: Path):
        write(tmp_path, "sub/a.yaml")
        (tmp_path / "sub" / "loop").symlink_to(tmp_path)
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert (folder.load().paths, folder.load().findings) == (("sub/a.yaml",), ())

    def test_a_linked_folder_is_read(self, tmp_path: Path):
        write(tmp_path, "elsewhere/a.yaml")
        (tmp_path / "threads").mkdir()
        (tmp_path / "threads" / "archive").symlink_to(tmp_path / "elsewhere")
        folder, _ = source(tmp_path / "threads", shown_from=tmp_path)
        assert folder.load().paths == ("threads/archive/a.yaml",)

    def test_a_name_that_is_no_text(self, tmp_path: Path):
        name = os.fsencode(tmp_path) + b"/caf\xe9.yaml"
        with open(name, "wb") as file:  # noqa: PTH123  (a path cannot hold these bytes)
            file.write(b"x")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        [path] = folder.load().paths
        assert path == "caf\\xe9.yaml"
        assert path.encode()


class TestChanges:
    def test_what_did_not_change_is_not_read_again(self, tmp_path: Path):
        write(tmp_path, "a.yaml")
        folder, reader = source(tmp_path, shown_from=tmp_path)
        assert folder.load() is folder.load()
        assert len(reader.given) == 1

    def test_what_changed_is(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml", "one")
        folder, reader = source(tmp_path, shown_from=tmp_path)
        folder.load()
        path.write_text("three")
        folder.load()
        assert reader.given == [("a.yaml", b"one"), ("a.yaml", b"three")]

    def test_a_file_of_the_same_size_put_in_its_place_is(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml", "one")
        stat = path.stat()
        folder, reader = source(tmp_path, shown_from=tmp_path)
        folder.load()
        other = write(tmp_path, "new", "two")
        os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        other.replace(path)
        folder.load()
        assert reader.given[-1] == ("a.yaml", b"two")

    def test_what_is_gone_is_gone(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        folder.load()
        path.unlink()
        assert folder.load().paths == ()

    def test_patience_waits_for_two_scans_to_agree(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml", "one")
        folder, reader = source(tmp_path, shown_from=tmp_path, patient=True)
        folder.load()
        for text in ("one and a", "one and a half of"):
            path.write_text(text)
            assert folder.load().paths == ("a.yaml",)
        assert reader.given == [("a.yaml", b"one")]
        folder.load()
        assert reader.given[-1] == ("a.yaml", b"one and a half of")

    def test_patience_is_time_and_not_looks(self, tmp_path: Path):
        """Two scans in quick succession, a regular one and an alarm, see the same half of a copy."""
        path, now, reader = write(tmp_path, "a.yaml", "one"), [0.0], Reader()
        folder = FolderSource([tmp_path], reader, shown_from=tmp_path, elapsed=lambda: now[0])
        folder.load()
        path.write_text("half of")
        for now[0] in (10.0, 10.1, 11.4):
            folder.load()
        assert reader.given == [("a.yaml", b"one")]
        path.write_text("half of two")
        for now[0] in (11.5, 12.9):
            folder.load()
        assert reader.given == [("a.yaml", b"one")]
        now[0] = 13.1
        folder.load()
        assert reader.given[-1] == ("a.yaml", b"half of two")

    def test_patience_with_a_new_file(self, tmp_path: Path):
        folder, _ = source(tmp_path, shown_from=tmp_path, patient=True)
        folder.load()
        write(tmp_path, "a.yaml")
        assert folder.load().paths == ()
        assert folder.load().paths == ("a.yaml",)

    def test_patience_with_what_is_gone(self, tmp_path: Path):
        """Some programs remove a file before they put the new one in its place."""
        path = write(tmp_path, "a.yaml")
        write(tmp_path, "b.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path, patient=True)
        before = folder.load()
        path.unlink()
        assert folder.load() is before
        assert folder.load().paths == ("b.yaml",)

    def test_a_file_that_is_away_for_a_moment_was_never_gone(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml")
        folder, reader = source(tmp_path, shown_from=tmp_path, patient=True)
        before = folder.load()
        path.rename(tmp_path / "a.yaml~")
        assert folder.load() is before
        (tmp_path / "a.yaml~").rename(path)
        assert folder.load() is before
        assert folder.load() is before
        assert len(reader.given) == 1

    def test_a_new_name_counts_at_once(self, tmp_path: Path):
        """It was written long ago; exactly one of its two names counts at any time."""
        path = write(tmp_path, "a.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path, patient=True)
        before = folder.load()
        path.rename(tmp_path / "b.yaml")
        after = folder.load()
        assert after.paths == ("b.yaml",)
        assert after.versions["b.yaml"].identity == before.versions["a.yaml"].identity

    def test_a_copy_that_takes_its_originals_place_is_another_file(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)
        before = folder.load()
        write(tmp_path, "b.yaml")
        path.unlink()
        after = folder.load()
        assert after.versions["b.yaml"].identity != before.versions["a.yaml"].identity

    def test_what_could_not_be_read_is_tried_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """The fix may be a change of mode, which shows in neither time nor size."""
        write(tmp_path, "a.yaml")
        folder, _ = source(tmp_path, shown_from=tmp_path)

        def refuse(*_: object, **__: object) -> object:
            raise PermissionError(13, "Permission denied")

        with monkeypatch.context() as patched:
            patched.setattr("bot.adapters.folder.catalog_source._read", refuse)
            assert found(folder) == [
                (
                    "unreadable",
                    "error",
                    "a.yaml",
                    "it cannot be read: Permission denied.",
                    "Check its owner and mode.",
                )
            ]
        assert (folder.load().paths, folder.load().findings) == (("a.yaml",), ())


NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Watch:
    """A clock that the test sets; the file system's clock may differ."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


class Dated:
    """A source that waits for stable files in one folder, and its clock."""

    def __init__(self, folder: Path, offset: timedelta = timedelta(0)) -> None:
        self.folder, self.watch = folder, Watch()
        self.source = FolderSource(
            [folder], parse, shown_from=folder, elapsed=every(2.0), now=self.watch.now, offset=offset
        )

    def look(self, after: timedelta = timedelta(0)) -> dict[str, datetime]:
        """Return the change time of each file, as seen by a scan that long after the previous one."""
        self.watch.at += after
        return {path: one.changed_at for path, one in self.source.load().versions.items()}


def dated(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def daily(word: str) -> str:
    return f"items: |\n  {word}\n  deux\n"


class TestSinceWhen:
    def test_at_the_first_look_a_file_is_as_old_as_its_time_says(self, tmp_path: Path):
        dated(write(tmp_path, "2026-11-24.yaml", daily("un")), NOW - 90 * SECOND)
        assert Dated(tmp_path).look() == {"2026-11-24.yaml": NOW - 90 * SECOND}

    def test_also_where_the_first_look_could_not_be_taken(self, tmp_path: Path):
        """After a restart beside a stale mount: none of its files came after its slot."""
        threads = tmp_path / "threads"
        threads.symlink_to(threads)
        house = Dated(threads)
        assert house.look() == {}
        threads.unlink()
        dated(write(tmp_path, "threads/a.yaml", daily("un")), NOW - timedelta(days=1))
        for _ in range(2):
            found = house.look(timedelta(seconds=2))
        assert list(found.values()) == [NOW - timedelta(days=1)]

    def test_but_never_from_the_future(self, tmp_path: Path):
        dated(write(tmp_path, "2026-11-24.yaml", daily("un")), NOW + 3600 * SECOND)
        assert Dated(tmp_path).look() == {"2026-11-24.yaml": NOW}

    def test_in_a_rehearsal_it_is_as_old_as_it_really_is(self, tmp_path: Path):
        """The clock is set back six years; the file was written ten seconds ago."""
        shift = timedelta(days=-2191)
        dated(write(tmp_path, "2026-11-24.yaml", daily("un")), NOW - shift - 10 * SECOND)
        assert Dated(tmp_path, shift).look() == {"2026-11-24.yaml": NOW - 10 * SECOND}

    def test_later_it_changed_when_that_was_seen_whatever_its_time_says(self, tmp_path: Path):
        """A copy may keep the time of its original."""
        folder = Dated(tmp_path)
        folder.look()
        dated(write(tmp_path, "2026-11-24.yaml", daily("un")), NOW - 86400 * SECOND)
        folder.look(2 * SECOND)
        seen = NOW + 4 * SECOND
        assert folder.look(2 * SECOND) == {"2026-11-24.yaml": seen}
        assert folder.look(60 * SECOND) == {"2026-11-24.yaml": seen}

    def test_each_change_begins_anew(self, tmp_path: Path):
        path = write(tmp_path, "2026-11-24.yaml", daily("un"))
        folder = Dated(tmp_path)
        folder.look()
        path.write_text(daily("tout autre"))
        folder.look(60 * SECOND)
        assert folder.look(2 * SECOND) == {"2026-11-24.yaml": NOW + 62 * SECOND}

    def test_saving_what_stands_there_changes_nothing(self, tmp_path: Path):
        path = write(tmp_path, "2026-11-24.yaml", daily("un"))
        dated(path, NOW - 90 * SECOND)
        folder = Dated(tmp_path)
        folder.look()
        dated(path, NOW)
        folder.look(2 * SECOND)
        assert folder.look(2 * SECOND) == {"2026-11-24.yaml": NOW - 90 * SECOND}

    def test_without_a_clock_it_is_what_the_file_system_says(self, tmp_path: Path):
        dated(write(tmp_path, "2026-11-24.yaml", daily("un")), NOW)
        loaded = FolderSource([tmp_path], parse, shown_from=tmp_path).load()
        assert loaded.versions["2026-11-24.yaml"].changed_at == NOW


class TestAFolderIntoWhichOneCannotLook:
    """A file server that is down, or a stale handle; simulated by a link to itself."""

    UNREADABLE = (
        "folder-unreadable",
        "error",
        "threads",
        "the folder cannot be read: Too many levels of symbolic links.",
        "Check its owner and mode, and that its disk is mounted. The last version read still applies.",
    )

    def test_what_was_read_before_stays_until_it_can_be_told(self, tmp_path: Path):
        path, threads = write(tmp_path, "threads/a.yaml"), tmp_path / "threads"
        folder, reader = source(threads, shown_from=tmp_path, patient=True)
        folder.load()
        threads.rename(tmp_path / "elsewhere")
        threads.symlink_to(threads)
        for _ in range(3):
            assert found(folder) == [self.UNREADABLE]
            assert folder.load().paths == ("threads/a.yaml",)
        threads.unlink()
        (tmp_path / "elsewhere").rename(threads)
        path.write_text("two")
        folder.load()
        assert (folder.load().paths, folder.load().findings) == (("threads/a.yaml",), ())
        assert [data for _, data in reader.given] == [b"x", b"two"]

    def test_one_that_could_never_be_read_is_told(self, tmp_path: Path):
        (tmp_path / "threads").symlink_to("threads")
        folder, _ = source(tmp_path / "threads", shown_from=tmp_path, patient=True)
        assert found(folder) == [self.UNREADABLE]


class TestAVanishedFolder:
    GONE = (
        "folder-emptied",
        "error",
        "threads",
        "it held 2 files and is now empty: it was moved, or its disk is not mounted.",
        "Bring it back; until then only frozen editions are posted.",
    )

    @pytest.fixture
    def threads(self, tmp_path: Path) -> Path:
        write(tmp_path, "threads/a.yaml")
        write(tmp_path, "threads/sub/b.yaml")
        return tmp_path / "threads"

    def test_moved_away(self, threads: Path):
        folder, _ = source(threads, shown_from=threads.parent)
        folder.load()
        threads.rename(threads.with_name("elsewhere"))
        assert found(folder) == [self.GONE]
        assert folder.load() is folder.load()
        threads.with_name("elsewhere").rename(threads)
        assert (len(folder.load().paths), folder.load().findings) == (2, ())

    def test_its_disk_is_not_mounted_any_more(self, threads: Path):
        """The remaining folder is the empty mount point."""
        folder, _ = source(threads, shown_from=threads.parent)
        folder.load()
        threads.rename(threads.with_name("elsewhere"))
        threads.mkdir()
        assert found(folder) == [self.GONE]

    def test_patience_takes_a_moment_for_nothing(self, threads: Path):
        folder, _ = source(threads, shown_from=threads.parent, patient=True)
        before = folder.load()
        threads.rename(threads.with_name("elsewhere"))
        assert folder.load() is before
        threads.with_name("elsewhere").rename(threads)
        assert folder.load() is before
        threads.rename(threads.with_name("elsewhere"))
        assert folder.load() is before
        assert found(folder) == [self.GONE]
        assert folder.load().paths == ()

    def test_a_folder_that_never_held_anything_is_only_empty(self, tmp_path: Path):
        folder, _ = source(tmp_path, shown_from=tmp_path)
        assert found(folder) == []
        assert found(folder) == []


class TestBounds:
    """Files too deep in the folder, or too late in the scan, are not read, and a finding reports it."""

    def test_a_folder_that_lies_too_deep(self, tmp_path: Path):
        write(tmp_path, "/".join(["d"] * DEEPEST) + "/a.yaml")
        write(tmp_path, "/".join(["d"] * (DEEPEST + 1)) + "/b.yaml")
        loaded = FolderSource([tmp_path], parse, shown_from=tmp_path).load()
        assert [path.rpartition("/")[2] for path in loaded.paths] == ["a.yaml"]
        [finding] = [one for one in loaded.findings if one.code == "too-deep-folder"]
        assert finding.path == "/".join(["d"] * (DEEPEST + 1))

    def test_a_folder_that_is_too_full_keeps_what_was_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for name in "abc":
            write(tmp_path, f"{name}.yaml")
        folder = FolderSource([tmp_path], parse, shown_from=tmp_path)
        before = folder.load()
        monkeypatch.setattr("bot.adapters.folder.scan.MOST_ENTRIES", 2)
        loaded = folder.load()
        assert loaded.paths == before.paths
        assert [one.code for one in loaded.findings if one not in before.findings] == ["folder-too-full"]

    def test_a_look_reads_as_much_as_it_may_the_smallest_first_and_the_next_reads_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for name, length in (("a", 900), ("b", 10), ("c", 400)):
            write(tmp_path, f"{name}.yaml", "# " + "x" * length)
        monkeypatch.setattr("bot.adapters.folder.catalog_source.BUDGET", 500)
        folder = FolderSource([tmp_path], parse, shown_from=tmp_path)
        assert folder.load().paths == ("b.yaml", "c.yaml")
        monkeypatch.setattr("bot.adapters.folder.catalog_source.BUDGET", 1000)
        assert folder.load().paths == ("a.yaml", "b.yaml", "c.yaml")


class TestWhatComesInTheirPlace:
    """Between the scan of a file and its reading, anything may replace it."""

    def test_a_pipe_keeps_nobody_waiting(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        write(tmp_path, "a.yaml")
        pipe = write(tmp_path, "b.yaml")
        folder = FolderSource([tmp_path], parse, shown_from=tmp_path)
        look = folder._scanner.look

        def and_swap(expected: dict[str, int]) -> Any:
            scan = look(expected)
            pipe.unlink(missing_ok=True)
            if not pipe.exists():
                os.mkfifo(pipe)
            return scan

        monkeypatch.setattr(folder._scanner, "look", and_swap)
        loaded = folder.load()
        assert loaded.paths == ("a.yaml",)
        assert [(one.path, one.code) for one in loaded.findings if one.code == "unreadable"] == [
            ("b.yaml", "unreadable")
        ]

    def test_a_file_that_grew_is_read_to_its_bound(self, tmp_path: Path):
        path = write(tmp_path, "a.yaml")
        os.truncate(path, 10**12)
        assert len(read_file(str(path))) == MAX_BYTES_READ

    @pytest.mark.parametrize("nanoseconds", [-(10**24), -1, 0, 10**19, 10**24])
    def test_any_time_of_a_file_is_an_instant(self, nanoseconds: int):
        assert instant_of(nanoseconds).tzinfo is UTC


def test_a_look_that_failed_is_taken_again(tmp_path: Path):
    """Although nothing has changed since."""
    write(tmp_path, "a.yaml")
    failures = [MemoryError()]

    def failing(path: str, data: bytes) -> Any:
        if failures:
            raise failures.pop()
        return parse(path, data)

    folder = FolderSource([tmp_path], failing, shown_from=tmp_path)
    with pytest.raises(MemoryError):
        folder.load()
    assert folder.load().paths == ("a.yaml",)


def test_files_come_before_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder full of names crowds out no file beside it."""
    for n in range(20):
        write(tmp_path, f"{n:02}/a.yaml")
    write(tmp_path, "zz.yaml")
    monkeypatch.setattr("bot.adapters.folder.scan.MOST_ENTRIES", 22)
    assert "zz.yaml" in FolderSource([tmp_path], parse, shown_from=tmp_path).load().paths
