"""What a company says about its portal: which of its own fields hold what the reports need."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from dagster_project.sources.rest.mapping import ROLES, CrmMapping

Role = Literal["lead", "interested", "proposal", "contract", "payment", "delivery"]


class Bitrix24Mapping(CrmMapping):
    """`mappings/bitrix24.yml`. Fields are named as crm.item.fields does: ufCrm_1720019876534."""

    lost_reason: str | None = Field(None, description="Deal field with the lost reason.")
    lost_reason_from_stages: bool = Field(
        False,
        description="The lost stages of a funnel are its reasons (several stages of failure).",
    )
    lost_comment: str | None = Field(None, description="Deal field with free text beside it.")
    competitor: str | None = Field(None, description="Deal field with who won instead.")
    region_in: Literal["requisites", "customer", "deal"] = Field(
        "requisites",
        description="Where the region is: the requisites' address, a customer's or a deal's field.",
    )
    region: str | None = Field(None, description="Customer's or deal's field with the region.")
    city: str | None = Field(None, description="Customer's or deal's field with the city.")
    stage_roles: dict[str, Role] = Field(
        default_factory=dict, description="Stage id, as `C1:NEW`, to what it means."
    )

    @field_validator("lost_reason", "lost_comment", "competitor", "region", "city")
    @classmethod
    def _in_camel_case(cls, name: str | None) -> str | None:
        if name is not None and name.startswith("UF_"):
            raise ValueError(
                f"{name} is the old spelling; write it as crm.item.fields does, such as"
                " ufCrm_1720019876534 (make check SOURCE=bitrix24 lists them)"
            )
        return name

    @field_validator("stage_roles", mode="before")
    @classmethod
    def _known_roles(cls, roles: object) -> object:
        if isinstance(roles, dict):
            for stage, role in roles.items():
                if role not in ROLES:
                    raise ValueError(f"{stage}: {role!r} is no role; one of {', '.join(ROLES)}")
        return roles

    @model_validator(mode="after")
    def _consistent(self) -> Bitrix24Mapping:
        if self.lost_reason and self.lost_reason_from_stages:
            raise ValueError("give `lost_reason` or `lost_reason_from_stages`, not both")
        if self.region_in == "requisites" and (self.region or self.city):
            raise ValueError("`region` and `city` name fields only with `region_in: customer|deal`")
        if self.region_in != "requisites" and not self.region:
            raise ValueError(f"`region_in: {self.region_in}` needs `region`: the field's name")
        return self

    def deal_fields(self) -> dict[str, str]:
        """What is kept of a deal beside its standard fields: role to field."""
        fields = {
            "lost_reason": self.lost_reason,
            "lost_comment": self.lost_comment,
            "competitor": self.competitor,
        }
        if self.region_in == "deal":
            fields |= {"region": self.region, "city": self.city}
        return {role: field for role, field in fields.items() if field}

    def customer_fields(self) -> dict[str, str]:
        """Likewise of companies and contacts."""
        fields = {"region": self.region, "city": self.city} if self.region_in == "customer" else {}
        return {role: field for role, field in fields.items() if field}
