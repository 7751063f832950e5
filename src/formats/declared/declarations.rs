//! The formats that a pattern can describe, as data.

/// A log format in patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration<'a> {
    /// The name that a user calls it by.
    pub name: &'static str,
    /// The program that writes it, where a format is written in several ways.
    pub spelling: &'static str,
    /// A line about it in the list of formats.
    pub help: &'a str,
    /// The patterns of its lines (see [`Declared::compile`](super::Declared::compile)). The first one that a line
    /// follows counts.
    pub patterns: &'a [&'a str],
    /// A record's name, composed of a pattern's gaps: `{method} {path}`.
    pub named: &'a str,
    /// The name of a record whose pattern has none of these gaps, where there is such a pattern.
    pub nameless: Option<&'static str>,
}

/// All declarations: the spellings of `access`, in the order in which they are tried.
pub const DECLARATIONS: &[Declaration<'static>] = &[
    ACCESS,
    NGINX_UPSTREAM_FIRST,
    NGINX_UPSTREAM_LAST,
    COMMON,
    INGRESS_NGINX,
    ENVOY,
    HAPROXY,
    ALB,
    TRAEFIK,
    LTSV,
    LOGRAGE,
    LOGFMT,
];

const fn access(spelling: &'static str, help: &'static str, patterns: &'static [&'static str]) -> Declaration<'static> {
    Declaration { name: "access", spelling, help, patterns, named: "{method} {path}", nameless: Some("<BADREQ>") }
}

/// nginx's `combined` with `$request_time` at the end.
///
/// A request that does not end in ` HTTP/` and a version (`-`, nothing at all, the first bytes of a TLS handshake,
/// HTTP/0.9) has no route that is worth a name: all of these are counted as `<BADREQ>`, as `HAProxy` calls them.
pub const ACCESS: Declaration<'static> = access(
    "nginx",
    "nginx's combined with $request_time at the end",
    &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s}"#,
    ],
);

/// The same with `$upstream_response_time $request_time` at the end.
pub(super) const NGINX_UPSTREAM_FIRST: Declaration<'static> = access(
    "nginx-upstream-first",
    "nginx's combined with $upstream_response_time $request_time at the end",
    &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {upstream:list_s} {dur:decimal_s}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {upstream:list_s} {dur:decimal_s}"#,
    ],
);

/// The same with `$request_time $upstream_response_time` at the end.
pub(super) const NGINX_UPSTREAM_LAST: Declaration<'static> = access(
    "nginx-upstream-last",
    "nginx's combined with $request_time $upstream_response_time at the end",
    &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s} {upstream:list_s}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {dur:decimal_s} {upstream:list_s}"#,
    ],
);

/// The common log format, which has neither referer nor agent.
const COMMON: Declaration<'static> = access(
    "common",
    "the common log format with the request's time in seconds at the end",
    &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} {dur:decimal_s}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} {dur:decimal_s}"#,
    ],
);

/// `upstreaminfo`, the format of Kubernetes' ingress-nginx. What stands after the brackets can be lists.
const INGRESS_NGINX: Declaration<'static> = access(
    "ingress-nginx",
    "Kubernetes' ingress-nginx",
    &[
        r#"{remote} {} {user} [{time:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {request_length:int} {dur:decimal_s} [{upstream}] [{alternative}] {}"#,
        r#"{remote} {} {user} [{time:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {request_length:int} {dur:decimal_s} [{upstream}] [{alternative}] {}"#,
    ],
);

/// Envoy's default format, and Istio's, which has four fields more before the numbers.
const ENVOY: Declaration<'static> = access(
    "envoy",
    "Envoy's default format, and Istio's",
    &[
        r#"[{start:iso}] "{method} {path:route} HTTP/{}" {status:int} {flags} {received:int} {sent:int} {dur:ms} {upstream_ms} "{forwarded}" "{agent}" "{request_id}" "{authority}" "{upstream}"{}"#,
        r#"[{start:iso}] "{}" {status:int} {flags} {received:int} {sent:int} {dur:ms} {upstream_ms} "{forwarded}" "{agent}" "{request_id}" "{authority}" "{upstream}"{}"#,
        r#"[{start:iso}] "{method} {path:route} HTTP/{}" {status:int} {flags} {details} {termination} "{failure}" {received:int} {sent:int} {dur:ms} {upstream_ms} "{forwarded}" "{agent}" "{request_id}" "{authority}" "{upstream}"{}"#,
        r#"[{start:iso}] "{}" {status:int} {flags} {details} {termination} "{failure}" {received:int} {sent:int} {dur:ms} {upstream_ms} "{forwarded}" "{agent}" "{request_id}" "{authority}" "{upstream}"{}"#,
    ],
);

/// `HAProxy`'s HTTP format, after what syslog writes before it, or alone. Captured headers stand before the request.
const HAPROXY: Declaration<'static> = access(
    "haproxy",
    "HAProxy's HTTP format, after a syslog head or alone",
    &[
        r#"{syslog}]: {client} [{start:clf_ms}] {frontend} {backend}/{server} {request_ms}/{queue_ms}/{connect_ms}/{response_ms}/{dur:ms} {status} {bytes} {} {} {flags} {connections} {queues} {headers}"{method} {path:route} HTTP/{}"{}"#,
        r#"{syslog}]: {client} [{start:clf_ms}] {frontend} {backend}/{server} {request_ms}/{queue_ms}/{connect_ms}/{response_ms}/{dur:ms} {status} {bytes} {} {} {flags} {connections} {queues} {headers}"{}"{}"#,
        r#"{client} [{start:clf_ms}] {frontend} {backend}/{server} {request_ms}/{queue_ms}/{connect_ms}/{response_ms}/{dur:ms} {status} {bytes} {} {} {flags} {connections} {queues} {headers}"{method} {path:route} HTTP/{}"{}"#,
        r#"{client} [{start:clf_ms}] {frontend} {backend}/{server} {request_ms}/{queue_ms}/{connect_ms}/{response_ms}/{dur:ms} {status} {bytes} {} {} {flags} {connections} {queues} {headers}"{}"{}"#,
    ],
);

/// The access log of AWS' application load balancers, and of classic ones, which have no type in front.
const ALB: Declaration<'static> = access(
    "alb",
    "AWS' application and classic load balancers",
    &[
        r#"{type} {time:iso} {balancer} {client} {target} {dur:s} {dur:s} {dur:s} {status:int} {target_status:int} {received:int} {sent:int} "{method} {path:route} HTTP/{}" "{agent}" {}"#,
        r#"{type} {time:iso} {balancer} {client} {target} {dur:s} {dur:s} {dur:s} {status:int} {target_status:int} {received:int} {sent:int} "{}" "{agent}" {}"#,
        r#"{time:iso} {balancer} {client} {target} {dur:s} {dur:s} {dur:s} {status:int} {target_status:int} {received:int} {sent:int} "{method} {path:route} HTTP/{}" "{agent}" {}"#,
        r#"{time:iso} {balancer} {client} {target} {dur:s} {dur:s} {dur:s} {status:int} {target_status:int} {received:int} {sent:int} "{}" "{agent}" {}"#,
    ],
);

/// Traefik's format of its own, whose time is that of the request's beginning.
const TRAEFIK: Declaration<'static> = access(
    "traefik",
    "Traefik's common log format",
    &[
        r#"{remote} {} {user} [{start:clf}] "{method} {path:route} HTTP/{}" {status:int} {bytes:int} "{referer}" "{agent}" {count:int} "{router}" "{server}" {dur:dur}"#,
        r#"{remote} {} {user} [{start:clf}] "{}" {status:int} {bytes:int} "{referer}" "{agent}" {count:int} "{router}" "{server}" {dur:dur}"#,
    ],
);

/// Labeled Tab-separated Values with the labels of ltsv.org.
const LTSV: Declaration<'static> = access(
    "ltsv",
    "Labeled Tab-separated Values with method, uri and reqtime",
    &[
        "ltsv:time=time:clf,method=method,path=uri:route,status=status,dur=reqtime:s",
        "ltsv:time=time:iso,method=method,path=uri:route,status=status,dur=reqtime:s",
        "ltsv:time=time:clf,method=method,path=uri:route,status=status,dur=reqtime_microsec:us",
    ],
);

/// What the gem lograge makes of a request of Rails.
const LOGRAGE: Declaration<'static> = Declaration {
    named: "{controller}#{action}",
    ..access(
        "lograge",
        "Rails' lograge: a line of method, path, controller, action and duration in milliseconds",
        &["logfmt:method=method,path=path:route,controller=controller,action=action,status=status,dur=duration:ms"],
    )
};

/// Lines of `key=value` with method, path and a duration that has a unit.
const LOGFMT: Declaration<'static> = access(
    "logfmt",
    "key=value with method, path and a duration with its unit (Heroku's router has service)",
    &[
        "logfmt:time=time:iso,method=method,path=path:route,status=status,dur=duration:dur",
        "logfmt:method=method,path=path:route,status=status,dur=duration:dur",
        "logfmt:method=method,path=path:route,status=status,dur=service:dur",
    ],
);
