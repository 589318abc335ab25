using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>What a refusal says, for people.</summary>
public static class ApiProblem
{
    private const int MostFaults = 50;

    /// <summary>The problem details of RFC 9457 in one line, and the faults of all fields, each on a line of its own.</summary>
    /// <param name="server">Who answered.</param>
    /// <param name="response">The answer's head.</param>
    /// <param name="text">Its body.</param>
    public static string Describe(Uri server, HttpResponseMessage response, string text)
    {
        var status = response.StatusCode;
        var lines = new List<string>();
        if (Read(text) is { } problem && problem.Text("title") is { Length: > 0 } title)
        {
            lines.Add(problem.Text("detail") is { Length: > 0 } detail ? $"{title}: {detail}" : title);
            lines.AddRange(Faults(problem).Take(MostFaults).Select(f => $"  {f}"));
        }
        else if ((int)status is >= 300 and < 400)
        {
            lines.Add($"the control plane at {server} sends you elsewhere{(response.Headers.Location is { } to ? $", to {to}" : "")}: sign in there");
        }
        else
        {
            lines.Add($"{server} answered {(int)status} without saying why: is this the address of a control plane?");
        }

        if (status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests && response.Headers.RetryAfter?.Delta is { } wait && !lines[0].Contains("try again", StringComparison.Ordinal))
            lines.Add($"  try again in {Values.Span(wait)}");
        return string.Join('\n', lines.Select(CellText.Clean));
    }

    private static JsonObject? Read(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Faults(JsonObject problem) =>
        from field in problem["errors"] as JsonObject ?? []
        from fault in field.Value as JsonArray ?? []
        select fault.ToString();
}
