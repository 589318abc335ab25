namespace StreamClips.ControlPlane.Http;

/// <summary>Errors as RFC 9457 problem details.</summary>
public static class Problems
{
    /// <summary>A problem.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="title">What is wrong, in one line.</param>
    /// <param name="detail">What to do about it.</param>
    public static IResult Of(int status, string title, string? detail = null) =>
        Results.Problem(detail, statusCode: status, title: title, type: TypeOf(status));

    /// <summary>The address that names the kind of problem.</summary>
    public static string TypeOf(int status) => $"https://www.rfc-editor.org/rfc/rfc9110#status.{status}";

    /// <summary>Nothing of that id.</summary>
    public static IResult NotFound(string what, object id) => Of(404, $"there is no {what} {id}");

    /// <summary>What was sent cannot be taken: every field's faults at once.</summary>
    public static IResult Invalid(Faults faults) =>
        Results.ValidationProblem(faults.ByField(), title: "the request has faults: see errors", type: TypeOf(400));

    /// <summary>Bodies for status codes that come from the framework: no route, wrong method, wrong content type.</summary>
    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app.UseStatusCodePages(context =>
    {
        var response = context.HttpContext.Response;
        var path = context.HttpContext.Request.Path;
        var title = response.StatusCode switch
        {
            404 => $"there is nothing at {path}",
            405 => $"{path} does not take {context.HttpContext.Request.Method}",
            413 => "the body is too long: at most 1 MiB",
            415 => "send application/json",
            _ => $"the request was refused ({response.StatusCode})",
        };
        return Of(response.StatusCode, title).ExecuteAsync(context.HttpContext);
    });
}

/// <summary>The faults of a request, by field.</summary>
public sealed class Faults
{
    private readonly List<(string Field, string Message)> _all = [];

    /// <summary>Whether there is none.</summary>
    public bool None => _all.Count == 0;

    /// <summary>Adds one that names the value and the remedy.</summary>
    public void Add(string field, string message) => _all.Add((field, message));

    /// <summary>All of several.</summary>
    public static Faults Of(params Faults[] several)
    {
        var all = new Faults();
        foreach (var (field, message) in several.SelectMany(f => f._all)) all.Add(field, message);
        return all;
    }

    /// <summary>The faults as problem details show them.</summary>
    public Dictionary<string, string[]> ByField() =>
        _all.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Message).ToArray());
}
