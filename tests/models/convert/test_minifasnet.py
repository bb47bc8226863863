"""Files that are read but hold another network than the published one."""

import numpy as np
import onnx
import pytest
from onnx import helper

from models.assets.catalogue import ModelSpec, Source
from models.convert import minifasnet
from models.convert.onnx_file import read_weights
from models.errors import ConversionError
from models.networks.minifasnet import V1SE, V2, V2SE, Variant, blocks
from tests.models.convert import test_onnx_file as onnx_files
from tests.models.convert import torch_writer


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    def read(_: ModelSpec, __: Source) -> bytes:
        return content

    monkeypatch.setattr(minifasnet, "read_source", read)


def test_another_checkpoint_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = torch_writer.checkpoint({"module.conv1.conv.weight": np.ones((2, 3), np.float32)})
    given(monkeypatch, content)
    with pytest.raises(ConversionError, match="has no"):
        minifasnet.from_torch(V2)


def test_another_onnx_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, onnx_files.model().SerializeToString())
    with pytest.raises(ConversionError, match="another network"):
        minifasnet.from_onnx(V2SE)


def test_weights_of_other_nodes_are_read_in_order() -> None:
    slopes = onnx_files.model()
    tensor = helper.make_tensor(
        "slope", onnx.TensorProto.FLOAT, [2], b"\0\0\0\0\0\0\x80?", raw=True
    )
    slopes.graph.initializer.append(tensor)
    slopes.graph.node.append(helper.make_node("PRelu", ["out", "slope"], ["bent"]))
    found = read_weights(slopes.SerializeToString(), "PRelu")
    assert [[array.tolist() for array in node] for node in found] == [[[0.0, 1.0]]]
    assert read_weights(slopes.SerializeToString(), "MatMul") == []


@pytest.mark.parametrize("variant", [V2, V1SE, V2SE])
def test_the_last_block_of_each_stage_is_weighed_in_variants_that_weigh(variant: Variant) -> None:
    made = list(blocks(variant))
    assert [block.stride for block in made].count(2) == 3
    weighed = [index for index, block in enumerate(made) if block.squeezed]
    assert weighed == ([4, 11, 14] if variant.squeezed else [])
    assert len(made) == len(variant.expanded)
