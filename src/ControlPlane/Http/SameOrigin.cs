namespace StreamClips.ControlPlane.Http;

/// <summary>
/// Refuses writes that another site made a browser send. Browsers say where a request comes from (Sec-Fetch-Site, W3C
/// Fetch Metadata; Origin, RFC 6454); programs that are no browsers send neither and hold no cookie of a victim.
/// </summary>
public static class SameOrigin
{
    /// <summary>Adds the check before anything that writes.</summary>
    public static IApplicationBuilder UseSameOrigin(this IApplicationBuilder app) => app.Use((context, next) =>
        IsForeign(context.Request)
            ? Problems.Of(403, "this write came from another site", "send it from the dashboard's own pages").ExecuteAsync(context)
            : next(context));

    /// <summary>Whether a request would write and comes from another site.</summary>
    public static bool IsForeign(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return false;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0) return site is not ("same-origin" or "none");
        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
