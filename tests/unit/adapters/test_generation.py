"""A ledger that was put back, copied or begun anew is noticed, with real files."""

from __future__ import annotations

import shutil
import stat
import tarfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.sql_ledger import Sidecar, SqlLedger
from bot.errors import LedgerError
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

LEASE = timedelta(seconds=60)


class Place:
    """A folder with a ledger that knows one edition."""

    def __init__(self, folder: Path) -> None:
        self.path, self.clock = folder / "ledger.db", FakeClock()
        self.sidecar = folder / "ledger.db.generation"
        self.born_at = self.open().born_at

    def open(self) -> SqlLedger:
        ledger = make_ledger(self.path, self.clock)
        ledger.plan(make_thread("un"), [START], self.clock.now())
        return ledger

    def vouched_since(self) -> datetime:
        """What a claim says, after an hour more; the claim is given back."""
        self.clock.advance(timedelta(hours=1))
        ledger = self.open()
        claim = ledger.claim(KEY, LEASE, self.clock.now())
        ledger.release(claim)
        ledger.close()
        return claim.vouched_since


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


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
    """As ``cp -p`` does it: the files stay the same ones."""
    for file in backup.iterdir():
        shutil.copy2(file, folder / file.name)


def _put_in_its_place(backup: Path, folder: Path) -> None:
    """As ``rsync`` and ``git`` do it: other files under the same names."""
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
    """The whole folder, from a backup, as it is usually done."""
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
    """It costs a look at the timeline, and nothing else."""
    place.vouched_since()
    before = place.sidecar.stat().st_ctime_ns
    while place.sidecar.stat().st_ctime_ns == before:  # ctimes come in ticks of some ms
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


def test_a_sidecar_that_cannot_be_written_is_told_and_nothing_is_claimed(place: Place) -> None:
    place.sidecar.with_name("ledger.db.generation.new").mkdir()
    ledger = place.open()
    with pytest.raises(LedgerError, match=r"generation: the file beside the ledger cannot be written: Is a"):
        ledger.claim(KEY, LEASE, START)
    place.sidecar.with_name("ledger.db.generation.new").rmdir()
    assert ledger.claim(KEY, LEASE, START).fence == 1


def test_a_sidecar_that_cannot_be_read_is_told(place: Place) -> None:
    place.sidecar.mkdir()
    with pytest.raises(LedgerError, match=r"cannot be read: Is a directory\. Check the folder's owner"):
        place.open().claim(KEY, LEASE, START)


def test_a_forgotten_sidecar_is_gone_and_may_be_forgotten_again(place: Place) -> None:
    place.vouched_since()
    Sidecar(place.path).forget()
    Sidecar(place.path).forget()
    assert Sidecar(place.path).read() is None
