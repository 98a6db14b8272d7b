"""Posting on time without flashtweet: APScheduler, PyYAML and tweepy, with a job per slot.

Reads one JSON object on stdin: X's address, the keys in the order of tweepy's parameters, and for each slot
its instant in seconds and the file to post. Prints "ready", and ends when all jobs are done.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
import tweepy
import yaml
from apscheduler.schedulers.background import BackgroundScheduler


class LocalX(requests.Session):
    """A session that goes to the sandbox instead of X; a user's script does not need it."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        return super().request(
            method, url.replace("https://api.twitter.com", self._base_url), *args, **options
        )


def client(base_url: str, keys: list[str]) -> tweepy.Client:
    """Return a tweepy client with the usual setup."""
    key, key_secret, token, token_secret = keys
    made = tweepy.Client(
        consumer_key=key, consumer_secret=key_secret, access_token=token, access_token_secret=token_secret
    )
    made.session = LocalX(base_url)
    return made


def post_thread(x: tweepy.Client, texts: list[str]) -> None:
    """Post each text as a reply to the previous one."""
    parent = None
    for text in texts:
        answer = x.create_tweet(text=text, in_reply_to_tweet_id=parent)
        parent = answer.data["id"]


def post(path: str, base_url: str, keys: list[str]) -> None:
    """Post the file of a slot."""
    issue = yaml.safe_load(Path(path).read_text("utf-8"))
    post_thread(client(base_url, keys), issue["items"].splitlines())


def main() -> None:
    """Wait for the slots."""
    settings = json.load(sys.stdin)
    scheduler = BackgroundScheduler(timezone="UTC")
    for at, path in settings["slots"]:
        job = partial(post, path, settings["base_url"], settings["keys"])
        scheduler.add_job(job, "date", run_date=datetime.fromtimestamp(at, UTC))
    scheduler.start()
    print("ready", flush=True)
    while scheduler.get_jobs():
        time.sleep(0.2)
    scheduler.shutdown()


if __name__ == "__main__":
    main()
