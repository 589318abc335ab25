namespace StreamClips.ControlPlane.Http;

/// <summary>Headers that every answer carries: no framing, no sniffing, nothing loaded from elsewhere.</summary>
public static class SecurityHeaders
{
    /// <summary>Adds the headers before anything else answers.</summary>
    /// <param name="app">The application.</param>
    /// <param name="media">Where pictures and videos come from beside this server.</param>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app, IEnumerable<Uri> media)
    {
        var others = string.Concat(media.Select(m => $" {m.GetLeftPart(UriPartial.Authority)}").Distinct());
        var policy = $"default-src 'self'; img-src 'self' data:{others}; media-src 'self'{others}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
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
        return next(context);
    }
}
