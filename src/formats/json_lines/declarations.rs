//! The formats that are declared here, as data.

use super::Declaration;

/// Access logs in JSON: of Caddy, of Traefik, and of nginx as its users declare them.
///
/// Caddy's `duration` is in seconds unless it is configured otherwise, and nginx's `$request_time` has three decimals:
/// a whole number has no unit. Traefik's `Duration` is in nanoseconds.
pub(super) const ACCESS: Declaration = Declaration {
    name: "access-json",
    help: "access logs in JSON of Caddy, Traefik, and nginx with $request_time",
    patterns: &[
        "json:name=request.method,name=request.uri:route,dur=duration:decimal_s,time=ts:epoch|ts:iso,status=status",
        "json:name=RequestMethod,name=RequestPath:route,dur=Duration:ns,time=time:iso,status=DownstreamStatus",
        "json:name=request_method|method,name=request_uri|uri|path:route,dur=request_time:decimal_s,\
         time=time_iso8601:iso|\"@timestamp\":iso|timestamp:iso|time:iso|msec:epoch,status=status",
        "json:name=request:request,dur=request_time:decimal_s,\
         time=time_iso8601:iso|\"@timestamp\":iso|timestamp:iso|time:iso|msec:epoch,status=status",
    ],
    nameless: "<BADREQ>",
};
