//! Which addresses may be reached: a name is resolved once, each address is checked, and the checked one is connected to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::core::model::connector::Reach;

/// What a connector may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Allowed {
    pub reach: Reach,
    /// Settings point the connector at this machine.
    pub loopback: bool,
}

/// An address that may not be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AddressRefused {
    pub host: String,
    pub kind: &'static str,
}

impl fmt::Display for AddressRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, which this connector may not reach", self.host, self.kind)
    }
}

impl std::error::Error for AddressRefused {}

impl AddressRefused {
    /// What to do if that is meant.
    pub fn hint(&self) -> &'static str {
        if self.kind == Kind::Loopback.as_str() || self.kind == Kind::Private.as_str() {
            "if that is meant, say `allow_private_network: true` for this connector in launchd.yaml"
        } else {
            "use the vendor's public address"
        }
    }
}

/// Checks one address.
///
/// # Errors
/// It is of a kind that `allowed` leaves out.
pub(super) fn check(host: &str, address: IpAddr, allowed: Allowed) -> Result<(), AddressRefused> {
    let kind = Kind::of(address);
    let fine = match kind {
        Kind::Public => true,
        Kind::Loopback => allowed.loopback || allowed.reach != Reach::Public,
        Kind::Private => allowed.reach != Reach::Public,
        Kind::LinkLocal => allowed.reach == Reach::Any,
        Kind::Special => false,
    };
    if fine { Ok(()) } else { Err(AddressRefused { host: host.to_owned(), kind: kind.as_str() }) }
}

/// Kinds of addresses (IANA special-purpose registries, RFC 6890).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Loopback,
    Private,
    LinkLocal,
    /// Unspecified, multicast, broadcast, reserved: no server lives there.
    Special,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address, where clouds keep metadata and credentials",
            Self::Special => "a reserved address",
        }
    }

    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(a: Ipv4Addr) -> Self {
        let [first, second, third, _] = a.octets();
        if a.is_loopback() {
            Self::Loopback
        } else if a.is_link_local() {
            Self::LinkLocal
        } else if a.is_private() || (first == 100 && (64..128).contains(&second)) {
            Self::Private
        } else if first == 0
            || first >= 224
            || (first == 192 && second == 0 && third == 0)
            || (first == 198 && (18..20).contains(&second))
            || a.is_documentation()
        {
            Self::Special
        } else {
            Self::Public
        }
    }

    fn of_v6(a: Ipv6Addr) -> Self {
        let s = a.segments();
        // Addresses that carry an IPv4 address are judged by it: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
        let v4 = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Self::of_v4(Ipv4Addr::new(a, b, c, d))
        };
        if a.is_loopback() {
            Self::Loopback
        } else if a.is_unspecified() || a.is_multicast() {
            Self::Special
        } else if s[..5] == [0; 5] && (s[5] == 0xffff || s[5] == 0) {
            v4(s[6], s[7])
        } else if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
            v4(s[6], s[7])
        } else if s[0] == 0x2002 {
            v4(s[1], s[2])
        } else if s[0] & 0xffc0 == 0xfe80 {
            Self::LinkLocal
        } else if s[0] == 0xfd00 && s[1] == 0xec2 {
            // fd00:ec2::254, the metadata service of one cloud within the private range.
            Self::LinkLocal
        } else if s[0] & 0xfe00 == 0xfc00 || s[0] & 0xffc0 == 0xfec0 {
            Self::Private
        } else if s[0] & 0xe000 == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] == 0)) {
            Self::Public
        } else {
            Self::Special
        }
    }
}

/// Whether a URL's host is this machine by its name or address alone, without a look-up.
pub(super) fn is_loopback_host(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(a)) => a.is_loopback(),
        Some(url::Host::Ipv6(a)) => a.is_loopback(),
        None => false,
    }
}

/// Checks a URL that names its address itself; names are checked by [`CheckedResolver`] when they are resolved.
///
/// # Errors
/// As [`check`].
pub(super) fn check_literal(url: &url::Url, allowed: Allowed) -> Result<(), AddressRefused> {
    match url.host() {
        Some(url::Host::Ipv4(a)) => check(&a.to_string(), a.into(), allowed),
        Some(url::Host::Ipv6(a)) => check(&a.to_string(), a.into(), allowed),
        _ => Ok(()),
    }
}

/// Resolves a name and hands out its addresses only when every one of them may be reached.
pub(super) struct CheckedResolver(pub Allowed);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            for address in &found {
                check(&host, address.ip(), allowed)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: Allowed = Allowed { reach: Reach::Public, loopback: false };

    fn refused(text: &str, allowed: Allowed) -> bool {
        check(text, text.parse().unwrap(), allowed).is_err()
    }

    #[test]
    fn only_public_addresses_are_reached_unless_settings_say_more() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(!refused(public, PUBLIC), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "::127.0.0.1",
            "ff02::1",
            "198.18.0.1",
        ] {
            assert!(refused(private, PUBLIC), "{private}");
        }
    }

    #[test]
    fn each_reach_opens_only_its_own_kind() {
        let private = Allowed { reach: Reach::Private, loopback: false };
        assert!(!refused("10.0.0.1", private));
        assert!(!refused("127.0.0.1", private));
        assert!(refused("169.254.169.254", private), "metadata needs `any`");
        assert!(refused("fd00:ec2::254", private));
        let any = Allowed { reach: Reach::Any, loopback: false };
        assert!(!refused("169.254.169.254", any));
        assert!(refused("0.0.0.0", any));
        let loopback = Allowed { reach: Reach::Public, loopback: true };
        assert!(!refused("127.0.0.1", loopback));
        assert!(refused("10.0.0.1", loopback));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_refused() {
        let name: Name = "localhost".parse().unwrap();
        let error = CheckedResolver(PUBLIC).resolve(name).await.err().unwrap();
        assert!(error.downcast_ref::<AddressRefused>().is_some(), "{error}");
        let name: Name = "localhost".parse().unwrap();
        let mut found = CheckedResolver(Allowed { reach: Reach::Public, loopback: true }).resolve(name).await.unwrap();
        assert!(found.next().is_some());
    }
}
