//! The formats that a pattern can describe, as data.

/// A log format in patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// The name that a user calls it by.
    pub name: &'static str,
    /// A line about it in the list of formats.
    pub help: &'static str,
    /// The patterns of its lines (see [`Declared::compile`](super::Declared::compile)). The first one that a line
    /// follows counts.
    pub patterns: &'static [&'static str],
    /// A record's name, composed of a pattern's gaps: `{method} {path}`.
    pub named: &'static str,
    /// The name of a record whose pattern has none of these gaps, where there is such a pattern.
    pub nameless: Option<&'static str>,
}

/// All declarations.
pub const DECLARATIONS: &[Declaration] = &[ACCESS];

/// nginx's `combined` with `$request_time` at the end.
///
/// A request that does not end in ` HTTP/` and a version (`-`, nothing at all, the first bytes of a TLS handshake,
/// HTTP/0.9) has no route that is worth a name: all of these are counted as `<BADREQ>`, as `HAProxy` calls them.
pub const ACCESS: Declaration = Declaration {
    name: "access",
    help: "access logs of nginx: combined, with $request_time at the end",
    patterns: &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s}"#,
    ],
    named: "{method} {path}",
    nameless: Some("<BADREQ>"),
};
