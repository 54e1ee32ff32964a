"""The names of people and machines in certificates (RFC 5280, section 4.1.2.4)."""

from __future__ import annotations

from cryptography import x509

# The fields that are understood, by their short and their long names.
_FIELDS = {
    "CN": "commonName",
    "O": "organizationName",
    "OU": "organizationalUnitName",
    "L": "localityName",
    "ST": "stateOrProvinceName",
    "C": "countryName",
    "emailAddress": "emailAddress",
}
_LONG = dict(_FIELDS, **{name: name for name in _FIELDS.values()})

_OIDS = {
    "commonName": x509.NameOID.COMMON_NAME,
    "organizationName": x509.NameOID.ORGANIZATION_NAME,
    "organizationalUnitName": x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
    "localityName": x509.NameOID.LOCALITY_NAME,
    "stateOrProvinceName": x509.NameOID.STATE_OR_PROVINCE_NAME,
    "countryName": x509.NameOID.COUNTRY_NAME,
    "emailAddress": x509.NameOID.EMAIL_ADDRESS,
}
_BY_OID = {oid: name for name, oid in _OIDS.items()}

# How they are printed, in this order.
_LABELS = {
    "commonName": "Common Name",
    "countryName": "Country Name",
    "emailAddress": "Email Address",
    "localityName": "Locality Name",
    "organizationName": "Organization Name",
    "organizationalUnitName": "Organizational Unit Name",
    "stateOrProvinceName": "State Or Province Name",
}
_WIDTH = 2 + max(map(len, _LABELS.values()))


class DistinguishedName(dict[str, bytes]):
    """
    The name of a subject or an issuer: a dictionary from fields to bytes.

    ``DN(CN="example.com", organizationName="Example")``; each field is an attribute too, by its long name
    (``commonName``) or its short one (``CN``): `CN`, `O`, `OU`, `L`, `ST`, `C`, `emailAddress`. Text becomes UTF-8.
    """

    __slots__ = ()

    def __init__(self, **kw: str | bytes) -> None:
        for name, value in kw.items():
            setattr(self, name, value)

    @classmethod
    def _from_cryptography(cls, name: x509.Name) -> DistinguishedName:
        made = cls()
        for attribute in name:
            known = _BY_OID.get(attribute.oid)
            if known is not None:
                setattr(made, known, attribute.value)
        return made

    def _to_cryptography(self) -> x509.Name:
        # An empty value says nothing, and X.509 allows none.
        return x509.Name(
            [x509.NameAttribute(_OIDS[name], value.decode("utf-8")) for name, value in self.items() if value]
        )

    def __getattr__(self, name: str) -> bytes:
        try:
            return self[_LONG.get(name, name)]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: str | bytes) -> None:
        if name not in _LONG:
            raise AttributeError(f"{name} is not a valid OpenSSL X509 name field")
        self[_LONG[name]] = value.encode("utf-8") if isinstance(value, str) else value

    def __repr__(self) -> str:
        return f"<DN {super().__repr__()[1:-1]}>"

    def inspect(self) -> str:
        """Describe it, a line for each field."""
        return "\n".join(
            f"{label:>{_WIDTH}}: {self[name].decode('utf-8', 'replace')}"
            for name, label in _LABELS.items()
            if name in self
        )


DN = DistinguishedName
