"""The second part: one more picture of the album arrives after all work was done."""

from __future__ import annotations

from app.demo.example.markdown import files, paragraphs, table
from app.demo.example.rows import Chapter, Row, words
from app.demo.example.run import Story
from app.demo.example.steps import WORK
from app.domain.kinds import Step

ORDER = (Step.COLLECT, Step.DOWNLOAD, Step.PERSIST, Step.ANALYZE, Step.MERGE, Step.TAG, Step.INDEX)


def late(story: Story) -> str:
    """Tells which work a late item makes due again, and which it does not."""
    before, after = story.first, story.second
    change = after.rows["tag_changes"][-1]
    read = len(after.messages.get(Step.ANALYZE, ()))
    return paragraphs(
        "## And then a fourth picture",
        f"Later the editors add message {story.scene.late.id} to the album: the old notice about the lost cat, which"
        " this channel has posted before. The album is reopened, the publication gets revision"
        f" {after.rows['publications'][0]['revision']}, and what belongs to a revision is due again:",
        table(_fresh(before, after), *WORK, "reason"),
        f"Telegram was asked for the bytes of {after.fetched} files, since the same Telegram file lies in the store"
        f" already, and {read} files were read, since its reading was there too. The album has"
        f" {after.rows['media_groups'][0]['items_count']} items now, the caption and its positions are as before."
        " But the features of the album have changed, and that opens the gate:",
        table([change], "change", "revision", "trigger", "reason", "called_tagger", "added", "removed"),
        f"The tags now: {words(after.tags.tags)}. The events of the new revision:",
        table([row for row in after.rows["outbox_events"] if row not in before.rows["outbox_events"]]),
        files(
            "app/pipeline/steps/poll.py",
            "app/pipeline/posts/revisions.py",
            "app/pipeline/steps/collect.py",
            "app/pipeline/steps/download.py",
            "app/pipeline/steps/merge.py",
            "app/pipeline/steps/tag.py",
        ),
    )


def _fresh(before: Chapter, after: Chapter) -> list[Row]:
    """Work that did not exist before, in the order of the flow. A file that another post has brought is not fresh."""
    known = [row for step in ORDER for row in before.work.get(step, ())]
    rows = [row for step in ORDER for row in after.work[step] if row not in known]
    return [row for row in rows if row["step"] != Step.ANALYZE]
