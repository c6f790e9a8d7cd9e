import os
import pickle

import pytest
from pydantic import ValidationError

from nemotron_vl_integrations.config import ENV_PREFIX, IMAGES_PER_PROMPT, EngineConfig
from nemotron_vl_integrations.errors import InvalidRequestError


def test_variables_set_every_type_of_field() -> None:
    config = EngineConfig.from_env(
        {
            "NEMOTRON_VL_MODEL": "/data/checkpoint",
            "NEMOTRON_VL_MAX_IMAGES": "4",
            "NEMOTRON_VL_GPU_MEMORY_UTILIZATION": "0.5",
            "NEMOTRON_VL_WARM_UP": "false",
            "NEMOTRON_VL_LAYOUT": "detail",
            "PATH": "/bin",
        }
    )
    assert config == EngineConfig(
        model="/data/checkpoint", max_images=4, gpu_memory_utilization=0.5, warm_up=False, layout="detail"
    )


def test_an_empty_variable_counts_as_unset() -> None:
    assert EngineConfig.from_env({"NEMOTRON_VL_MODEL": "", "NEMOTRON_VL_REVISION": ""}) == EngineConfig()


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMOTRON_VL_MAX_TILES", "6")
    assert EngineConfig.from_env().max_tiles == 6
    assert "NEMOTRON_VL_MAX_TILES" in os.environ


def test_a_variable_that_no_field_has_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="NEMOTRON_VL_MAX_TILE='6'") as caught:
        EngineConfig.from_env({"NEMOTRON_VL_MAX_TILE": "6"})
    assert "no such setting (did you mean NEMOTRON_VL_MAX_TILES?)" in caught.value.message
    for name in EngineConfig.model_fields:
        assert ENV_PREFIX + name.upper() in caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TILES", "13"),
        ("MAX_TILES", "six"),
        ("MAX_IMAGES", "5"),
        ("GPU_MEMORY_UTILIZATION", "0"),
        ("GPU_MEMORY_UTILIZATION", "nan"),
        ("DEVICE", "tpu"),
        ("DTYPE", "float16"),
        ("WARM_UP", "perhaps"),
        ("START_TIMEOUT", "0"),
        ("START_TIMEOUT", "inf"),
        ("MAX_MODEL_LEN", "100"),
        ("IMAGE_CACHE_GIB", "-1"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"{ENV_PREFIX}{name}='{value}'"):
        EngineConfig.from_env({ENV_PREFIX + name: value})


def test_several_mistakes_are_named_together() -> None:
    with pytest.raises(InvalidRequestError, match=r"MAX_IMAGES='0'.*; .*MAX_TILES='0'"):
        EngineConfig.from_env({"NEMOTRON_VL_MAX_TILES": "0", "NEMOTRON_VL_MAX_IMAGES": "0"})


def test_a_configuration_cannot_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EngineConfig().max_tiles = 6  # pyright: ignore[reportAttributeAccessIssue] - what is tested


def test_an_argument_that_no_field_has_is_refused() -> None:
    with pytest.raises(
        InvalidRequestError, match=r"`max_tile=6`: no such setting \(did you mean max_tiles\?\)"
    ):
        EngineConfig(max_tile=6)  # pyright: ignore[reportCallIssue] - what is tested


def test_an_argument_that_does_not_fit_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="`max_tiles=99`: Input should be less than or equal to 12"):
        EngineConfig(max_tiles=99)


def test_equal_configurations_are_one_key() -> None:
    assert hash(EngineConfig(max_tiles=6)) == hash(EngineConfig(max_tiles=6))
    assert len({EngineConfig(), EngineConfig(model="auto"), EngineConfig(max_tiles=6)}) == 2


def test_a_configuration_travels_to_another_process() -> None:
    config = EngineConfig(model="folder", max_tiles=3)
    assert pickle.loads(pickle.dumps(config)) == config


def test_a_request_gets_one_image_unless_it_asks_for_the_room_there_is() -> None:
    assert EngineConfig().max_images == 1
    assert EngineConfig(max_images=IMAGES_PER_PROMPT).max_images == 4
