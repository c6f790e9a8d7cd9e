from dataclasses import replace
from pathlib import Path

import pytest
from vllm.envs import environment_variables
from vllm.model_executor.layers.mamba.ops import mamba_ssm

from nemotron_vl_integrations.backends import vllm_settings
from nemotron_vl_integrations.backends.vllm_settings import (
    TUNED_KERNELS,
    TUNED_KERNELS_VARIABLE,
    choose_settings,
    engine_limits,
)
from nemotron_vl_integrations.backends.vllm_spawn import engine_variables
from nemotron_vl_integrations.checkpoints import DEMO_MODEL, resolve_checkpoint
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.hardware import Gpu
from tests.full_size import GIB, write_full_size_checkpoint

H200 = Gpu(0, "NVIDIA H200", (9, 0), int(139.8 * GIB), int(139.3 * GIB))
L4 = Gpu(0, "NVIDIA L4", (8, 9), int(22.5 * GIB), int(22.1 * GIB))
A16 = Gpu(0, "NVIDIA A16", (8, 6), 16 * GIB, int(15.8 * GIB))


def test_a_card_gets_16k_tokens_a_step_and_a_context_of_16k(tmp_path: Path) -> None:
    settings = choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=H200)
    assert (settings.device, settings.dtype, settings.enforce_eager) == ("cuda", "bfloat16", False)
    assert (settings.max_model_len, settings.max_num_batched_tokens) == (16_384, 16_384)


def test_an_h200_runs_192_sequences_and_a_24_gb_card_as_many_as_its_cache_holds(tmp_path: Path) -> None:
    checkpoint = write_full_size_checkpoint(tmp_path)
    assert choose_settings(EngineConfig(), checkpoint, gpu=H200).max_num_seqs == 192
    assert choose_settings(EngineConfig(), checkpoint, gpu=L4).max_num_seqs == 10


def test_wanted_sequences_are_clamped_to_the_cache(tmp_path: Path) -> None:
    checkpoint = write_full_size_checkpoint(tmp_path)
    assert choose_settings(EngineConfig(max_num_seqs=2), checkpoint, gpu=L4).max_num_seqs == 2
    assert choose_settings(EngineConfig(max_num_seqs=4000), checkpoint, gpu=L4).max_num_seqs == 10


def test_a_cache_in_fp8_holds_more_pages(tmp_path: Path) -> None:
    checkpoint = write_full_size_checkpoint(tmp_path)
    config = EngineConfig(max_num_seqs=4000)
    plain = choose_settings(config, checkpoint, gpu=H200).max_num_seqs
    asked = choose_settings(EngineConfig(max_num_seqs=4000, kv_cache_dtype="fp8"), checkpoint, gpu=H200)
    own = choose_settings(config, replace(checkpoint, kv_cache_dtype="fp8"), gpu=H200)
    assert asked.max_num_seqs == own.max_num_seqs > plain


def test_a_card_that_holds_the_weights_and_no_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        EngineStartError, match=r"'full-size' needs 17\.4 GiB and a cache; 14\.4 GiB"
    ) as caught:
        choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=A16)
    assert "larger card" in caught.value.hint


def test_a_busy_card_is_refused_with_the_share_that_would_fit(tmp_path: Path) -> None:
    busy = replace(H200, free_bytes=70 * GIB)
    checkpoint = write_full_size_checkpoint(tmp_path)
    with pytest.raises(EngineStartError, match=r"70\.0 GiB free.*set it to 0\.5 or less"):
        choose_settings(EngineConfig(), checkpoint, gpu=busy)
    assert choose_settings(EngineConfig(gpu_memory_utilization=0.5), checkpoint, gpu=busy).max_num_seqs == 192


def test_the_demo_checkpoint_on_the_cpu_runs_16_sequences_without_compiling() -> None:
    settings = choose_settings(EngineConfig(), resolve_checkpoint(DEMO_MODEL), gpu=None)
    assert (settings.device, settings.enforce_eager, settings.max_num_seqs) == ("cpu", True, 16)
    assert settings.max_num_batched_tokens == 4096
    assert settings.environment["TORCHDYNAMO_DISABLE"] == "1"


@pytest.mark.parametrize(("computes", "dtype"), [(True, "bfloat16"), (False, "float32")])
def test_a_processor_without_bfloat16_arithmetic_computes_in_float32(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, computes: bool, dtype: str
) -> None:
    monkeypatch.setattr(vllm_settings, "cpu_computes_bfloat16", lambda: computes)
    demo = resolve_checkpoint(DEMO_MODEL)
    assert choose_settings(EngineConfig(), demo, gpu=None).dtype == dtype
    assert choose_settings(EngineConfig(dtype="bfloat16"), demo, gpu=None).dtype == "bfloat16"
    assert choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=H200).dtype == "bfloat16"


def test_keys_and_values_in_float32_leave_room_for_fewer_pages() -> None:
    demo = resolve_checkpoint(DEMO_MODEL)
    plain, wide = (
        choose_settings(EngineConfig(dtype=dtype, max_num_seqs=4000), demo, gpu=None).max_num_seqs
        for dtype in ("bfloat16", "float32")
    )
    assert wide < plain


def test_what_is_asked_for_is_taken() -> None:
    config = EngineConfig(
        max_model_len=8192, max_num_batched_tokens=1024, max_num_seqs=3, kv_cache_dtype="fp8", cpu_cache_gib=2
    )
    settings = choose_settings(config, resolve_checkpoint(DEMO_MODEL), gpu=None)
    assert (settings.max_model_len, settings.max_num_batched_tokens, settings.max_num_seqs) == (8192, 1024, 3)
    assert settings.kv_cache_dtype == "fp8"
    assert settings.environment["VLLM_CPU_KVCACHE_SPACE"] == "2"


def test_the_context_is_never_longer_than_the_checkpoints() -> None:
    checkpoint = replace(resolve_checkpoint(DEMO_MODEL), context_length=2048)
    assert choose_settings(EngineConfig(), checkpoint, gpu=None).max_model_len == 2048
    assert choose_settings(EngineConfig(max_model_len=10**6), checkpoint, gpu=None).max_model_len == 2048


def test_a_card_keeps_compilation_and_its_own_worker_process(tmp_path: Path) -> None:
    environment = choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=H200).environment
    assert not {"TORCHDYNAMO_DISABLE", "VLLM_CPU_KVCACHE_SPACE"} & set(environment)


def test_every_start_on_a_gpu_looks_for_tuned_kernels_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/reader")
    checkpoint = write_full_size_checkpoint(tmp_path)
    by_itself = choose_settings(EngineConfig(), checkpoint, gpu=H200).environment
    assert by_itself["TRITON_CACHE_DIR"] == "/home/reader/.triton/cache"
    monkeypatch.setenv("TRITON_HOME", "/scratch")
    moved = choose_settings(EngineConfig(), checkpoint, gpu=H200).environment
    assert moved["TRITON_CACHE_DIR"] == "/scratch/.triton/cache"
    assert "TRITON_CACHE_DIR" not in choose_settings(EngineConfig(), checkpoint, gpu=None).environment


def test_a_card_runs_the_mamba_kernel_as_it_was_tuned_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=H200).environment
    assert environment[TUNED_KERNELS_VARIABLE] == str(TUNED_KERNELS)
    monkeypatch.setenv(TUNED_KERNELS_VARIABLE, str(TUNED_KERNELS))
    monkeypatch.setattr(mamba_ssm, "get_ssm_device_name", lambda: "NVIDIA_H100_80GB_HBM3")
    mamba_ssm.get_ssm_configs.cache_clear()
    tuned = mamba_ssm.get_ssm_configs(80, 128, "float32")
    mamba_ssm.get_ssm_configs.cache_clear()
    assert tuned is not None
    # Keyed by sequences times heads, of which the network has 128.
    assert set(range(128, 1025, 128)) & set(tuned)
    assert tuned[96 * 128] == {"BLOCK_SIZE_M": 16, "num_warps": 2}
    assert all(config["BLOCK_SIZE_M"] <= 64 and config["num_warps"] <= 8 for config in tuned.values())


def test_nothing_is_reported_to_anybody_and_logs_leave_standard_output_alone() -> None:
    environment = choose_settings(EngineConfig(), resolve_checkpoint(DEMO_MODEL), gpu=None).environment
    assert environment["VLLM_NO_USAGE_STATS"] == "1"
    assert environment["VLLM_LOGGING_STREAM"] == "ext://sys.stderr"


@pytest.mark.parametrize(
    "config",
    [
        EngineConfig(image_cache_gib=0.5),
        EngineConfig(prefix_caching=True),
        EngineConfig(image_processor="vllm"),
    ],
)
def test_a_cache_that_finds_images_by_their_pixels_leaves_them_to_vllms_processor(
    tmp_path: Path, config: EngineConfig
) -> None:
    checkpoint = write_full_size_checkpoint(tmp_path)
    assert choose_settings(EngineConfig(), checkpoint, gpu=H200).page_input
    assert not choose_settings(config, checkpoint, gpu=H200).page_input


def test_prefixes_are_not_cached_on_the_cpu() -> None:
    with pytest.raises(EngineStartError, match="`prefix_caching=True` on the CPU"):
        choose_settings(EngineConfig(prefix_caching=True), resolve_checkpoint(DEMO_MODEL), gpu=None)


def test_the_engine_has_room_for_four_images_and_no_video() -> None:
    assert engine_limits() == {"image": 4, "video": 0}


@pytest.mark.parametrize("gpu", [H200, None])
def test_vllm_knows_every_variable_of_its_own_that_is_set_for_it(tmp_path: Path, gpu: Gpu | None) -> None:
    settings = choose_settings(EngineConfig(), write_full_size_checkpoint(tmp_path), gpu=gpu)
    names = {*settings.environment, *engine_variables(tmp_path / "errors.txt")}
    ours = {name for name in names if name.startswith("VLLM_")}
    assert "VLLM_WORKER_MULTIPROC_METHOD" in ours
    assert ours <= environment_variables.keys()
