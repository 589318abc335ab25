namespace StreamClips.ControlPlane.Http;

/// <summary>Headers that every answer carries: no framing, no sniffing, nothing loaded from elsewhere, nothing inline (W3C CSP Level 3).</summary>
public static class SecurityHeaders
{
    /// <summary>A year (RFC 6797), for this host alone: others of the domain may have reasons of their own.</summary>
    private const string OnlyTls = "max-age=31536000";

    /// <summary>Adds the headers before anything else answers.</summary>
    /// <param name="app">The application.</param>
    /// <param name="media">Where pictures and videos come from beside this server.</param>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app, IEnumerable<Uri> media)
    {
        var others = string.Concat(media.Select(m => $" {m.GetLeftPart(UriPartial.Authority)}").Distinct());
        var policy = $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'{others}; media-src 'self'{others}; connect-src 'self'; "
            + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        return app.Use((context, next) => AddAsync(policy, context, next));
    }

    private static Task AddAsync(string policy, HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = OnlyTls;
        return next(context);
    }
}
