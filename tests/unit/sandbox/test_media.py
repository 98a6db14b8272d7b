from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import requests

    from tests.unit.sandbox.support import Client

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def upload(client: Client, content: bytes = PNG, category: str = "tweet_image") -> requests.Response:
    return client.request(
        "POST", "/2/media/upload", data={"media_category": category}, files={"media": ("etat.png", content)}
    )


def test_an_image_is_uploaded_described_and_attached(client):
    data = upload(client).json()["data"]
    assert (data["media_key"], data["size"], data["image"]) == (
        f"3_{data['id']}",
        len(PNG),
        {"image_type": "image/png"},
    )
    metadata = {"id": data["id"], "metadata": {"alt_text": {"text": "Bruno Le Maire à Bercy"}}}
    assert client.request("POST", "/2/media/metadata", json=metadata).status_code == 200
    post_id = client.create("Bonjour", media={"media_ids": [data["id"]]})
    post = client.get(f"/2/tweets/{post_id}", **{"tweet.fields": "attachments"})["data"]
    assert post["attachments"] == {"media_keys": [data["media_key"]]}
    page = client.http.get(client.server.page, timeout=10).text
    assert f'<img src="/_sandbox/media/{data["id"]}" alt="Bruno Le Maire à Bercy">' in page
    picture = client.http.get(f"{client.server.base_url}/_sandbox/media/{data['id']}", timeout=10)
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert client.http.get(f"{client.server.base_url}/_sandbox/media/1", timeout=10).status_code == 404


def test_a_post_may_be_an_image_alone(client):
    media_id = upload(client).json()["data"]["id"]
    for _ in range(2):  # without a text, there is no duplicate
        answer = client.request("POST", "/2/tweets", json={"media": {"media_ids": [media_id]}})
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (b"<svg/>", "tweet_image"),
        (b"", "tweet_image"),
        (PNG, ""),
        (PNG, "tweet_video"),
        (PNG + b"\0" * 5 * 2**20, "tweet_image"),
    ],
    ids=["not an image", "empty", "no category", "video", "over 5 MB"],
)
def test_files_that_x_rejects_as_images(client, content, category):
    assert upload(client, content, category).status_code == 400


def test_an_upload_needs_a_file(client):
    assert client.request("POST", "/2/media/upload", data={"media": "text"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"id": "1", "metadata": {"alt_text": {"text": "inconnu"}}},
        {"id": "1"},
        {"id": 1, "metadata": {"alt_text": {"text": "a"}}},
        {"id": "1", "metadata": {"alt_text": {"text": None}}},
        [],
    ],
)
def test_alt_text_needs_an_upload_and_a_text(client, body):
    assert client.request("POST", "/2/media/metadata", json=body).status_code == 400


def test_alt_text_has_at_most_1000_characters(client):
    media_id = upload(client).json()["data"]["id"]
    for length, status in ((1000, 200), (1001, 400)):
        body = {"id": media_id, "metadata": {"alt_text": {"text": "é" * length}}}
        assert client.request("POST", "/2/media/metadata", json=body).status_code == status


def test_an_upload_can_be_attached_for_a_day(client, clock):
    media_id = upload(client).json()["data"]["id"]
    clock.move(hours=24)
    assert client.post("à temps", media={"media_ids": [media_id]}).status_code == 201
    clock.move(seconds=1)
    assert client.post("trop tard", media={"media_ids": [media_id]}).status_code == 400
    assert client.post("jamais vu", media={"media_ids": ["1"]}).status_code == 400
