"""Detection of a restored, copied or new ledger, with real files."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import Sidecar, SqlLedger
from bot.errors import LedgerError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

LEASE = timedelta(seconds=60)
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


class Place:
    """A folder with a ledger that has one edition."""

    def __init__(self, folder: Path) -> None:
        self.path, self.clock = folder / "ledger.db", FakeClock()
        self.sidecar = folder / "ledger.db.generation"
        self.born_at = self.open().born_at

    def open(self) -> SqlLedger:
        ledger = make_ledger(self.path, self.clock)
        ledger.plan(make_thread("un"), [START], self.clock.now())
        return ledger

    def vouched_since(self) -> datetime:
        """Return `vouched_since` of a claim made an hour later, and release the claim."""
        self.clock.advance(timedelta(hours=1))
        ledger = self.open()
        claim = ledger.claim(KEY, LEASE, self.clock.now())
        ledger.release(claim)
        ledger.close()
        return claim.vouched_since


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def own() -> Iterator[Place]:
    """A ledger in a folder of an unprivileged user, as which the test runs, so that modes apply."""
    was = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        try:
            if was == 0:
                os.chown(folder, NOBODY, NOBODY)
                os.seteuid(NOBODY)
            yield Place(Path(folder))
        finally:
            os.seteuid(was)


@contextlib.contextmanager
def _shut(folder: Path) -> Iterator[None]:
    """Make `folder` read-only."""
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


def test_a_ledger_vouches_from_its_birth_on_for_as_long_as_it_stays(place: Place) -> None:
    assert [place.vouched_since() for _ in range(3)] == [place.born_at] * 3


@pytest.mark.parametrize("claims_before_the_copy", [0, 1])
def test_a_copy_put_back_vouches_from_then_on(place: Place, claims_before_the_copy: int) -> None:
    for _ in range(claims_before_the_copy):
        place.vouched_since()
    copy = shutil.copy(place.path, place.path.with_name("copy.db"))
    place.vouched_since()
    shutil.copy(copy, place.path)
    noticed = place.vouched_since()
    assert noticed == place.clock.now()
    assert place.vouched_since() == noticed


def _written_over(backup: Path, folder: Path) -> None:
    """As with ``cp -p``: the files remain the same."""
    for file in backup.iterdir():
        shutil.copy2(file, folder / file.name)


def _put_in_its_place(backup: Path, folder: Path) -> None:
    """As with ``rsync`` and ``git``: other files under the same names."""
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)


def _unpacked(backup: Path, folder: Path) -> None:
    archive = backup.with_name("backup.tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(backup, ".")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="tar")


@pytest.mark.parametrize("put_back", [_written_over, _put_in_its_place, _unpacked])
def test_a_ledger_put_back_with_its_sidecar_vouches_from_then_on(
    tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    """The whole folder from a backup, the usual way."""
    folder, backup = tmp_path / "data", tmp_path / "backup"
    folder.mkdir()
    place = Place(folder)
    place.vouched_since()
    shutil.copytree(folder, backup)
    place.vouched_since()
    put_back(backup, folder)
    noticed = place.vouched_since()
    assert noticed == place.clock.now()
    assert place.vouched_since() == noticed


def _touched(sidecar: Path) -> None:
    sidecar.chmod(0o640)


def _moved_away_and_back(sidecar: Path) -> None:
    sidecar.rename(sidecar.with_name("elsewhere")).rename(sidecar)


def _linked(sidecar: Path) -> None:
    link = sidecar.with_name("link")
    link.unlink(missing_ok=True)
    link.hardlink_to(sidecar)


@pytest.mark.parametrize("touch", [_touched, _moved_away_and_back, _linked])
def test_who_touches_the_sidecar_makes_the_ledger_look_once(
    place: Place, touch: Callable[[Path], None]
) -> None:
    """It costs a read of the timeline, and nothing else."""
    place.vouched_since()
    before = place.sidecar.stat().st_ctime_ns
    while place.sidecar.stat().st_ctime_ns == before:  # the resolution of ctimes is some ms
        touch(place.sidecar)
    noticed = place.vouched_since()
    assert noticed == place.clock.now()
    assert place.vouched_since() == noticed


def _gone(sidecar: Path) -> None:
    sidecar.unlink()


def _emptied(sidecar: Path) -> None:
    sidecar.write_bytes(b"")


def _anothers(sidecar: Path) -> None:
    sidecar.write_text("0123456789abcdef\n")


def _no_text(sidecar: Path) -> None:
    sidecar.write_bytes(b"\xff\x00\xfe")


@pytest.mark.parametrize("spoil", [_gone, _emptied, _anothers, _no_text])
def test_a_ledger_whose_sidecar_says_something_else_vouches_from_now_on(
    place: Place, spoil: Callable[[Path], None]
) -> None:
    place.vouched_since()
    spoil(place.sidecar)
    noticed = place.vouched_since()
    assert noticed == place.clock.now()
    assert place.vouched_since() == noticed


def test_a_ledger_begun_anew_beside_an_old_sidecar_does_not_vouch_for_the_past(place: Place) -> None:
    place.vouched_since()
    place.path.unlink()
    assert place.vouched_since() == place.clock.now()


def test_claim_and_release_each_begin_a_generation(place: Place) -> None:
    ledger, seen = place.open(), [Sidecar(place.path).read()]
    for _ in range(2):
        claim = ledger.claim(KEY, LEASE, START)
        seen.append(Sidecar(place.path).read())
        ledger.release(claim)
        seen.append(Sidecar(place.path).read())
    assert seen[0] is None
    assert len(set(seen)) == 5


def test_only_its_owner_can_read_the_sidecar(place: Place) -> None:
    place.vouched_since()
    assert stat.S_IMODE(place.sidecar.stat().st_mode) == 0o600


# ---- a sidecar that cannot be used -------------------------------------------------------------------


def test_a_sidecar_that_cannot_be_written_makes_each_claim_look(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged once; once the file is writable, the timeline is read one last time."""
    place.vouched_since()
    obstacle = place.sidecar.with_name("ledger.db.generation.new")
    obstacle.mkdir()
    place.vouched_since()
    ledger = place.open()
    for _ in range(2):
        place.clock.advance(timedelta(hours=1))
        claim = ledger.claim(KEY, LEASE, place.clock.now())
        assert claim.vouched_since == place.clock.now()
        caplog.clear()
        ledger.release(claim)
    assert caplog.messages == []
    obstacle.rmdir()
    noticed = place.vouched_since()
    assert noticed == place.clock.now()
    assert place.vouched_since() == noticed


def test_a_sidecar_that_cannot_be_written_does_not_vouch_for_an_old_copy(place: Place) -> None:
    """The copy is of the last generation written."""
    place.vouched_since()
    copy = shutil.copy(place.path, place.path.with_name("copy.db"))
    obstacle = place.sidecar.with_name("ledger.db.generation.new")
    obstacle.mkdir()
    place.vouched_since()
    obstacle.rmdir()
    shutil.copy(copy, place.path)
    assert place.vouched_since() == place.clock.now()


def test_a_sidecar_that_can_be_neither_read_nor_replaced_makes_each_claim_look(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.sidecar.mkdir()
    assert [place.vouched_since() == place.clock.now() for _ in range(2)] == [True, True]
    told = caplog.records[0]
    assert told.getMessage() == "the file beside the ledger cannot be read"
    assert (
        vars(told).items()
        >= {
            "path": str(place.sidecar),
            "reason": "Is a directory",
            "next": "Check the owner and mode of the file and its folder, and the disk. "
            "Until then, your timeline is read before each thread.",
        }.items()
    )


def test_a_sidecar_that_cannot_be_replaced_and_still_vouches_is_refused(own: Place) -> None:
    """Otherwise it would vouch for an older copy of the ledger: nothing is claimed."""
    own.vouched_since()
    sidecar, before = Sidecar(own.path), own.sidecar.read_bytes()
    with _shut(own.path.parent), pytest.raises(LedgerError, match=r"cannot be written: .*Check the owner"):
        sidecar.write("00112233445566ff")
    assert own.sidecar.read_bytes() == before
    assert own.vouched_since() == own.born_at


# ---- owner of the sidecar ----------------------------------------------------------------------------


def test_what_a_dying_process_left_is_no_obstacle(place: Place) -> None:
    left = place.sidecar.with_name("ledger.db.generation.new")
    left.touch(0o000)
    place.vouched_since()
    assert not left.exists()
    assert place.vouched_since() == place.born_at


@as_root
def test_what_root_does_leaves_the_ledger_to_its_owner(own: Place) -> None:
    """``sudo flashtweet hold`` beside a daemon of another user."""
    own.vouched_since()
    os.seteuid(0)
    own.vouched_since()
    os.seteuid(NOBODY)
    assert own.vouched_since() == own.born_at


@as_root
def test_a_ledger_that_root_makes_belongs_to_the_owner_of_its_folder(own: Place) -> None:
    os.seteuid(0)
    own.path.unlink()
    own.vouched_since()
    owners = {file.name: file.stat().st_uid for file in own.path.parent.iterdir()}
    assert owners == {"ledger.db": NOBODY, "ledger.db.generation": NOBODY}


@as_root
def test_a_sidecar_that_root_left_makes_the_ledger_look_once(
    own: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """An earlier flashtweet gave it to root, so that the daemon could not claim anything."""
    own.vouched_since()
    os.seteuid(0)
    os.chown(own.sidecar, 0, 0)
    os.seteuid(NOBODY)
    noticed = own.vouched_since()
    assert noticed == own.clock.now()
    assert own.vouched_since() == noticed
    assert caplog.messages == ["the file beside the ledger cannot be read"]
    assert vars(caplog.records[0])["reason"] == "Permission denied"


def test_a_forgotten_sidecar_is_gone_and_may_be_forgotten_again(place: Place) -> None:
    place.vouched_since()
    Sidecar(place.path).forget()
    Sidecar(place.path).forget()
    assert Sidecar(place.path).read() is None


@pytest.mark.parametrize("wanted", ["claim", "release"])
def test_a_reader_that_keeps_a_claim_out_makes_no_other_ledger_of_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """A backup, or an operator's sqlite3, that reads for longer than a claim waits."""
    before = place.vouched_since()
    monkeypatch.setattr("bot.adapters.sql_ledger.sqlite.BUSY_TIMEOUT_MS", 20)
    ledger = place.open()
    claim = ledger.claim(KEY, LEASE, START)
    if wanted == "claim":
        ledger.release(claim)
    reader = sqlite3.connect(place.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM publication").fetchall()
    with pytest.raises(LedgerError, match="locked"):
        ledger.claim(KEY, LEASE, START) if wanted == "claim" else ledger.release(claim)
    reader.close()
    assert ledger.claim(KEY, LEASE, START).vouched_since == before


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe"])
def test_a_sidecar_that_is_no_file_of_ours_vouches_for_nothing(
    place: Place, tmp_path: Path, kind: str
) -> None:
    """Nor is its target written, nor a pipe waited for."""
    assert place.vouched_since() == place.born_at
    kept = tmp_path / "kept"
    place.sidecar.rename(kept)
    before = kept.read_bytes()
    if kind == "link":
        place.sidecar.symlink_to(kept)
    elif kind == "hard link":
        place.sidecar.hardlink_to(kept)
    else:
        os.mkfifo(place.sidecar)
    new = place.sidecar.with_name(f"{place.sidecar.name}.new")
    new.symlink_to(kept)
    assert place.vouched_since() == place.clock.now()
    assert kept.read_bytes() == before
    assert stat.S_ISREG(place.sidecar.lstat().st_mode)
    assert place.sidecar.lstat().st_nlink == 1
    assert not new.is_symlink()
