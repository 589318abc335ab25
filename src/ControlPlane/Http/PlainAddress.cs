namespace StreamClips.ControlPlane.Http;

/// <summary>Refuses addresses that hold control characters: nothing here has them in its name, and the database takes no U+0000.</summary>
public static class PlainAddress
{
    /// <summary>Adds the check before everything that reads the path or the query.</summary>
    public static IApplicationBuilder UsePlainAddress(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (Fault(context.Request) is { } fault) await Problems.Of(400, fault, "leave it out").ExecuteAsync(context);
        else await next(context);
    });

    private static string? Fault(HttpRequest request)
    {
        if (request.Path.Value is { } path && path.Any(char.IsControl)) return "the path holds a control character";
        foreach (var (name, values) in request.Query)
        {
            if (name.Any(char.IsControl)) return "the name of a query parameter holds a control character";
            if (values.Any(v => v is not null && v.Any(char.IsControl))) return $"{name} holds a control character";
        }

        return null;
    }
}
