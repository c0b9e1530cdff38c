"""Verifications as a run would leave them."""

from miner.verify.model import Evidence, LoggedDraw, OnDevice, Seen, Verification

SEEN = Seen(
    outcome="duplicate",
    draws=8,
    epochs=2,
    workers=2,
    equal_workers=2,
    equal_epochs=1,
    equal_prefix=2,
    compared=2,
    grid=[[[0, 1], [0, 1]], [[0, 1], [0, -1]]],
)
CLEAN = SEEN.model_copy(
    update={"outcome": "clean", "equal_workers": 0, "equal_epochs": 0, "grid": [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]}
)

CONFIRMED = Verification(
    pair="0123456789abcdef",
    loader="train.py:30",
    dataset="Crops",
    verdict="confirmed",
    scope="torch < 1.9",
    reason="2 of 2 draws of worker 0 and worker 1 start from equal states, in 2 of 2 epochs",
    legacy="duplicate",
    modern="clean",
    evidence=Evidence(
        rung="R1",
        rungs_tried=["R1"],
        legacy=SEEN,
        modern=CLEAN,
        log=[LoggedDraw(epoch=0, worker=0, sample=0, api="numpy.random.rand", path="a.py", line=3, state="ab" * 8)],
        versions={"torch": "2.13.0", "device": "cpu"},
        seconds=1.5,
    ),
)

ON_A_GPU = CONFIRMED.model_copy(
    update={
        "evidence": CONFIRMED.evidence.model_copy(
            update={
                "versions": {"torch": "2.13.0", "device": "NVIDIA H200", "cuda": "13.0", "driver": "580.95.05"},
                "on_device": OnDevice(
                    batches=24,
                    own=20,
                    pinned=24,
                    moved=24,
                    seen=CLEAN,
                    cuda=["data.py:7 in a worker: CUDA started"],
                ),
            }
        )
    }
)
