"""Plans, predicted addresses, linking and artifacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.abi import Interface
from weiproof.contracts.artifact import Artifact
from weiproof.contracts.artifact_store import ArtifactError, ArtifactStore
from weiproof.contracts.chains import Chain, actor
from weiproof.contracts.deployment import (
    At,
    DeploymentError,
    Encoded,
    Plan,
    Ref,
    Step,
    create_address,
    deploy,
    deploy_steps,
    predict_addresses,
)

if TYPE_CHECKING:
    from pathlib import Path

GENESIS = 1_722_816_000
DEPLOYER = actor("deployer")


def plan_of(store: ArtifactStore) -> Plan:
    """Caller and Vault refer to each other; the library comes by itself."""
    return Plan.with_libraries(
        [
            Step("vault", store.load("Vault"), (Ref("caller"),)),
            Step("caller", store.load("Caller"), (Ref("vault"),)),
        ],
        store,
    )


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        (0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
        (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
        (2, "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
        (3, "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"),
    ],
)
def test_create_address_is_the_published_one(nonce: int, address: str) -> None:
    """The well-known example of the Yellow Paper's CREATE rule."""
    assert create_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce) == address


def test_prediction_holds(chain: Chain, store: ArtifactStore) -> None:
    """Deployment ends up where it was predicted, also from a nonce above 127."""
    plan = plan_of(store)
    assert [step.label for step in plan.steps] == ["Scale", "vault", "caller"]
    assert deploy(chain, plan, DEPLOYER, at=GENESIS) == predict_addresses(DEPLOYER, plan)
    for _ in range(130):
        chain.send(DEPLOYER, b"", sender=DEPLOYER, at=GENESIS)
    again = predict_addresses(DEPLOYER, plan, first_nonce=133)
    assert deploy(chain, plan, DEPLOYER, at=GENESIS) == again
    assert again.label_of(again["vault"]) == "vault"
    assert again.label_of(DEPLOYER) is None


def test_receipts_carry_code_and_gas(chain: Chain, store: ArtifactStore) -> None:
    """Each step yields its gas and the code that is then at the address."""
    for step, receipt in deploy_steps(chain, plan_of(store), DEPLOYER, at=GENESIS):
        assert receipt.gas > 53_000
        assert receipt.output == chain.code(receipt.address)
        assert len(receipt.output) == step.artifact.deployed_size


def test_failed_creation_names_the_step(chain: Chain, store: ArtifactStore) -> None:
    """The constructor's typed revert, or the size limit, is in the message."""
    zero = "0x" + "00" * 20
    plan = Plan.with_libraries([Step("vault", store.load("Vault"), (zero,))], store)
    with pytest.raises(DeploymentError, match=r"vault failed: Error\('owner is zero',\)"):
        deploy(chain, plan, DEPLOYER, at=GENESIS)
    large = Plan([Step("large", store.load("Sized"), (24_577,))])
    with pytest.raises(DeploymentError, match="24,576"):
        deploy(chain, large, DEPLOYER, at=GENESIS)


def test_plan_refuses_what_does_not_hold(store: ArtifactStore) -> None:
    """Labels used twice, unknown references and missing libraries are named."""
    caller, vault = store.load("Caller"), store.load("Vault")
    with pytest.raises(DeploymentError, match="used twice: a"):
        Plan([Step("a", caller, (DEPLOYER,)), Step("a", caller, (DEPLOYER,))])
    with pytest.raises(DeploymentError, match="refers to unknown b"):
        Plan([Step("a", caller, (Ref("b"),))])
    with pytest.raises(DeploymentError, match="needs Scale before it"):
        Plan([Step("a", vault, (DEPLOYER,))])


def proxy() -> Artifact:
    """A contract without code whose constructor takes an address and call data."""
    inputs = [{"name": "to", "type": "address"}, {"name": "data", "type": "bytes"}]
    return Artifact("Proxy", "", ({"type": "constructor", "inputs": inputs},), "00", "", {})


def test_encoded_calls_become_call_data(store: ArtifactStore) -> None:
    """A call among the arguments is encoded by its target's ABI, its references resolved."""
    caller = store.load("Caller")
    call = Encoded("caller", "create", (Ref("caller"),))
    nested = Encoded("caller", "attempt", (call,))
    step = Step("proxy", proxy(), (Ref("caller"), nested))
    plan = Plan([Step("caller", caller, (DEPLOYER,)), step])
    book = predict_addresses(DEPLOYER, plan)
    abi = Interface.of(caller.abi)
    data = abi.encode_call("attempt", (abi.encode_call("create", (book["caller"],)),))
    expected = Interface.of(proxy().abi).encode_constructor((book["caller"], data))
    assert plan.init_code(step, book) == b"\0" + expected
    step = Step("proxy", proxy(), (DEPLOYER, Encoded(caller.abi, "create", (DEPLOYER,))))
    assert abi.encode_call("create", (DEPLOYER,)) in Plan([step]).init_code(step, {})


def test_encoded_calls_are_checked(store: ArtifactStore) -> None:
    """Unknown targets and functions are refused with the plan, wrong arguments with the step."""
    caller = Step("caller", store.load("Caller"), (DEPLOYER,))

    def step(call: Encoded) -> Step:
        return Step("proxy", proxy(), (DEPLOYER, call))

    with pytest.raises(DeploymentError, match="proxy refers to unknown nobody"):
        Plan([caller, step(Encoded("nobody", "create"))])
    with pytest.raises(DeploymentError, match="proxy: there is no function burn"):
        Plan([caller, step(Encoded("caller", "burn"))])
    wrong = step(Encoded("caller", "create", (5,)))
    with pytest.raises(DeploymentError, match=r"proxy: create\(address\): argument 0"):
        Plan([caller, wrong]).init_code(wrong, {})


def test_contracts_that_are_there_are_not_created(chain: Chain, store: ArtifactStore) -> None:
    """An address that is given uses up no nonce and needs code behind it."""
    first = deploy(chain, plan_of(store), DEPLOYER, at=GENESIS)
    there = At("Scale", first["Scale"], store.load("Scale"))
    plan = Plan([there, Step("vault", store.load("Vault"), (DEPLOYER,))])
    book = deploy(chain, plan, DEPLOYER, at=GENESIS)
    assert book["Scale"] == first["Scale"]
    assert chain.nonce(DEPLOYER) == 4
    assert book["Scale"][2:] in chain.code(book["vault"]).hex()
    empty = Plan([At("nothing", "0x" + "11" * 20, store.load("Scale"))])
    with pytest.raises(DeploymentError, match="nothing: there is no code at 0x1111"):
        deploy(chain, empty, DEPLOYER, at=GENESIS)
    with pytest.raises(DeploymentError, match="40 lower-case hex digits, not '0xAB"):
        Plan([At("upper", "0x" + "AB" * 20, store.load("Scale"))])


def test_a_step_may_place_its_libraries(store: ArtifactStore) -> None:
    """A library may be named by label or address, by its name or by source and name."""
    vault, scale = store.load("Vault"), store.load("Scale")
    address = "0x" + "5c" * 20
    placed = (
        Step("vault", vault, (DEPLOYER,), libraries={"Scale": address}),
        Step("vault", vault, (DEPLOYER,), libraries={"Fixtures.sol:Scale": Ref("other")}),
    )
    for step in placed:
        plan = Plan([At("other", address, scale), step])
        book = predict_addresses(DEPLOYER, plan)
        assert plan.libraries(step, book) == {"Scale": address}
    with pytest.raises(DeploymentError, match="refers to unknown other"):
        Plan(placed[1:])


def test_link_needs_every_library(store: ArtifactStore) -> None:
    """Unlinked code and interfaces have no creation code; the missing library is named."""
    with pytest.raises(ArtifactError, match="library Scale"):
        store.load("Vault").init_code({})
    with pytest.raises(ArtifactError, match="interface"):
        store.load("IVault").init_code()


def test_store_finds_and_refuses(tmp_path: Path, store: ArtifactStore) -> None:
    """Missing, ambiguous and malformed artifacts each have their message."""
    assert "Vault" in store.names()
    assert store.load("Fixtures.sol:Vault").name == "Vault"
    with pytest.raises(ArtifactError, match="is not among"):
        store.load("Nothing")
    for source in ("A.sol", "B.sol"):
        (tmp_path / source).mkdir()
        (tmp_path / source / "Same.json").write_text(json.dumps({"abi": []}))
    (tmp_path / "A.sol" / "Torn.json").write_text("{")
    broken = ArtifactStore(tmp_path)
    with pytest.raises(ArtifactError, match=r"A\.sol:Same, B\.sol:Same"):
        broken.load("Same")
    with pytest.raises(ArtifactError, match="is not an artifact: bytecode should be hex text"):
        broken.load("A.sol:Same")
    with pytest.raises(ArtifactError, match="cannot read"):
        broken.load("Torn")
    with pytest.raises(ArtifactError, match="no folder"):
        ArtifactStore(tmp_path / "nowhere").names()
