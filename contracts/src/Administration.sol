// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Collaterals} from "./Collaterals.sol";
import {Fees} from "./Fees.sol";
import {Markets} from "./Markets.sol";
import {Risk} from "./Risk.sol";
import {Volatility} from "./Volatility.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";
import {
    CollateralParameters,
    CreditParameters,
    FeeTier,
    Ledger,
    MarketParameters,
    MarketRisk,
    Regime,
    SystemParameters,
    SystemRisk,
    Tier,
    VolatilityParameters
} from "./Records.sol";

/// @title Administration of the clearing house: roles, markets, tokens, parameters, pauses.
/// @notice Holds the ledger; what accounts do is in the clearing house that is built on it.
abstract contract Administration is AccessControl, IClearingHouse {
    /// @notice Who may bring trades.
    bytes32 public constant MATCHER_ROLE = keccak256("MATCHER_ROLE");
    /// @notice Who may open markets and change parameters.
    bytes32 public constant PARAMETER_ROLE = keccak256("PARAMETER_ROLE");
    /// @notice Who may pause and resume.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    /// @notice Who may withdraw trading fees.
    bytes32 public constant TREASURER_ROLE = keccak256("TREASURER_ROLE");

    Ledger internal _ledger;

    /// @param admin Receives every role but the matcher's.
    /// @param matcher May bring trades.
    constructor(IERC20 token, IOracleHub hub, address admin, address matcher, SystemParameters memory parameters) {
        _ledger.token = token;
        _ledger.hub = hub;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(PARAMETER_ROLE, admin);
        _grantRole(PAUSER_ROLE, admin);
        _grantRole(TREASURER_ROLE, admin);
        _grantRole(MATCHER_ROLE, matcher);
        Markets.setSystemParameters(_ledger, parameters);
    }

    // PARAMETERS

    /// @notice Opens a market.
    function addMarket(MarketParameters calldata parameters, Tier[] calldata tiers)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 marketId)
    {
        return Markets.addMarket(_ledger, parameters, tiers);
    }

    /// @notice Changes a market's parameters.
    function setMarketParameters(uint256 marketId, MarketParameters calldata parameters, Tier[] calldata tiers)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Markets.setMarketParameters(_ledger, marketId, parameters, tiers);
    }

    /// @notice Changes how a market's variance is measured and what it leads to.
    function setVolatility(uint256 marketId, VolatilityParameters calldata parameters, Regime[] calldata regimes)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Volatility.setVolatility(_ledger, marketId, parameters, regimes);
    }

    /// @notice Changes the system's parameters.
    function setSystemParameters(SystemParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Markets.setSystemParameters(_ledger, parameters);
    }

    /// @notice Admits a token as collateral.
    function addCollateral(CollateralParameters calldata parameters)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 collateralId)
    {
        return Collaterals.addCollateral(_ledger, parameters);
    }

    /// @notice Changes a collateral token's parameters.
    function setCollateralParameters(uint256 collateralId, CollateralParameters calldata parameters)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Collaterals.setCollateralParameters(_ledger, collateralId, parameters);
    }

    /// @notice Changes what negative cash costs and how far it may go.
    function setCreditParameters(CreditParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Collaterals.setCreditParameters(_ledger, parameters);
    }

    /// @notice Changes the tiers of the trading fees.
    function setFeeTiers(FeeTier[] calldata tiers) external onlyRole(PARAMETER_ROLE) {
        Fees.setFeeTiers(_ledger, tiers);
    }

    /// @notice Changes what a market's requirements grow by, and its caps.
    function setMarketRisk(uint256 marketId, MarketRisk calldata risk) external onlyRole(PARAMETER_ROLE) {
        Risk.setMarketRisk(_ledger, marketId, risk);
    }

    /// @notice Changes the offset floor and the margin warnings.
    function setSystemRisk(SystemRisk calldata risk) external onlyRole(PARAMETER_ROLE) {
        Risk.setSystemRisk(_ledger, risk);
    }

    /// @notice Sets the offset between two markets, WAD.
    function setOffset(uint256 marketA, uint256 marketB, uint256 rate) external onlyRole(PARAMETER_ROLE) {
        Risk.setOffset(_ledger, marketA, marketB, rate);
    }

    // PAUSES

    /// @notice Pauses or resumes a market.
    function setMarketPaused(uint256 marketId, bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setMarketPaused(_ledger, marketId, paused);
    }

    /// @notice Pauses or resumes everything.
    function setPaused(bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setPaused(_ledger, paused);
    }
}
