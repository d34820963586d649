"""Webhooks, signed by Standard Webhooks 1.0."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook

from app.adapters.notifier.post import Answer, Post
from app.domain.alerts import Destination, Notice
from app.domain.delivery.target import read
from app.domain.delivery.webhook import Meaning, body, is_secret, meaning
from app.errors import Gone, Permanent, Transient, UserError


class WebhookNotifier:
    """Posts each notice to the address of its alert."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def send(self, destination: Destination, notice: Notice) -> None:
        """See Notifier."""
        try:
            target = read(destination.address)
        except UserError as error:
            raise Permanent(str(error)) from None
        if not destination.secrets or not all(map(is_secret, destination.secrets)):
            raise Permanent("the alert has no signing secret that can be used: make a new one")
        moment = datetime.now(UTC)
        text = body(notice, moment)
        _judge(self._post(target, signed(destination.secrets, notice.id, moment, text), text.encode()))


def signed(secrets: tuple[str, ...], id_: str, moment: datetime, text: str) -> dict[str, str]:
    """The headers of a webhook: one signature for each secret, so that receivers may change theirs at any time."""
    signatures = [Webhook(secret).sign(msg_id=id_, timestamp=moment, data=text) for secret in secrets]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _judge(answer: Answer) -> None:
    said = f"the receiver answered {answer.status}"
    match meaning(answer.status):
        case Meaning.GONE:
            raise Gone(said)
        case Meaning.AGAIN:
            raise Transient(said, answer.retry_after)
        case Meaning.NEVER if 300 <= answer.status < 400:
            raise Permanent(f"{said}: it redirects, which no notice follows; give the alert the final address")
        case Meaning.NEVER:
            raise Permanent(said)
