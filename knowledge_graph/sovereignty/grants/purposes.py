"""The purposes that a grant can have: a short code and its W3C DPV concept. Closed: no code, no grant.

Purposes compare exactly. That DPV calls one a part of another allows nothing.
Source: W3C Data Privacy Vocabulary 2.3, https://w3id.org/dpv.
"""

from __future__ import annotations

from collections.abc import Mapping

DPV = "https://w3id.org/dpv#"

PURPOSES: Mapping[str, str] = {
    "service": DPV + "ServiceProvision",
    "quote": DPV + "EstablishContractualAgreement",
    "quote-generation": DPV + "EstablishContractualAgreement",
    "order": DPV + "CustomerOrderManagement",
    "customer-care": DPV + "CustomerCare",
    "account-management": DPV + "CustomerRelationshipManagement",
    "claims": DPV + "CustomerClaimsManagement",
    "payment": DPV + "PaymentManagement",
    "credit-check": DPV + "CustomerSolvencyMonitoring",
    "marketing": DPV + "Marketing",
    "marketing-email": DPV + "DirectMarketing",
    "personalisation": DPV + "ProvidePersonalisedRecommendations",
    "analytics": DPV + "ServiceUsageAnalytics",
    "identity-check": DPV + "IdentityVerification",
    "legal": DPV + "LegalCompliance",
    "rights": DPV + "RightsFulfilment",
}
