"""What shipped configurations say of the arguments of a constructor that they, or Lightning's command line, call."""

from .examples import OLD_TORCH, Check, Example, Outcomes, assert_as_marked, each

BY_COMMAND_LINE = "from lightning.pytorch.cli import LightningCLI\nLightningCLI()\n"
BY_HYDRA = """
    import hydra
    import lightning
    @hydra.main(config_path="configs", config_name="points")
    def main(cfg):
        data = hydra.utils.instantiate(cfg.data)
        lightning.Trainer().fit(hydra.utils.instantiate(cfg.model), datamodule=data)
    main()
    """
BY_SOMETHING_ELSE = "from elsewhere import main\nmain()\n"


def module(name: str, train: str, shipped: str, outcomes: Outcomes | None = OLD_TORCH) -> Example:
    """A data module that no code makes, without workers by default."""
    mark = "  # DRAW" if outcomes else ""
    return Example(
        name,
        {
            "configs/points.yaml": shipped,
            "train.py": train,
            "points.py": f"""
                import lightning
                import numpy as np
                from torch.utils.data import DataLoader, Dataset
                class Points(Dataset):
                    def __len__(self):
                        return 8
                    def __getitem__(self, index):
                        return index + np.random.rand(){mark}
                class PointModule(lightning.LightningDataModule):
                    def __init__(self, num_workers: int = 0):
                        super().__init__()
                        self.num_workers = num_workers
                    def train_dataloader(self):
                        return DataLoader(Points(), num_workers=self.num_workers)
                """,
        },
        outcomes,
    )


@each(
    module("command_line", BY_COMMAND_LINE, "data:\n  num_workers: 4\n"),
    module("command_line_none", BY_COMMAND_LINE, "data:\n  num_workers: 0\n", None),
    module("command_line_silent", BY_COMMAND_LINE, "data:\n  size: 4\n", None),
    module(
        "class_path", BY_COMMAND_LINE, "data:\n  class_path: points.PointModule\n  init_args:\n    num_workers: 4\n"
    ),
    module("hydra", BY_HYDRA, "data:\n  _target_: points.PointModule\n  num_workers: 4\n"),
    module("hydra_none", BY_HYDRA, "data:\n  _target_: points.PointModule\n  num_workers: 0\n", None),
    module("of_another_class", BY_HYDRA, "data:\n  _target_: points.LineModule\n  num_workers: 4\n", None),
    module("of_nobody", BY_SOMETHING_ELSE, "data:\n  num_workers: 4\n", None),
)
def test_workers_of_a_module_that_no_code_makes(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
