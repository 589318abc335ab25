using Microsoft.AspNetCore.Http.HttpResults;

namespace StreamClips.ControlPlane.Dashboard.Layout;

/// <summary>Shows the problems that people meet in the dashboard as pages; programs get the same as JSON.</summary>
public sealed class ProblemPages : IProblemDetailsWriter
{
    /// <inheritdoc/>
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments("/app");

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        var title = status == 500 ? "Something went wrong here" : problem.Title ?? "That did not work";
        var text = status == 500 ? "It is not your fault. The control plane's log says what happened; try again." : problem.Detail ?? "";
        await new RazorComponentResult<MessagePage>(new { Title = Sentence(title), Text = Sentence(text) }) { StatusCode = status }.ExecuteAsync(context.HttpContext);
    }

    private static string Sentence(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
