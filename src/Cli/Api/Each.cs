using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>Commands that take several names: each is done, what fails is told, and one failure fails the whole.</summary>
public static class Each
{
    /// <summary>Does something to each.</summary>
    /// <param name="call">The command.</param>
    /// <param name="names">What somebody named.</param>
    /// <param name="work">Does it to one; gives the line for people and the document.</param>
    /// <exception cref="CommandException">Something failed.</exception>
    public static async Task DoAsync(ApiCall call, IReadOnlyList<string> names, Func<string, Task<(string Line, JsonNode Document)>> work)
    {
        var (documents, failed) = (new JsonArray(), 0);
        foreach (var name in names)
        {
            try
            {
                var (line, document) = await work(name);
                if (names.Count == 1) call.Print.Line(line, document);
                else call.Print.Hint(line);
                documents.Add(document.DeepClone());
            }
            catch (CommandException e) when (names.Count > 1)
            {
                failed++;
                await Console.Error.WriteLineAsync($"streamclips: {CellText.Clean(name)}: {e.Message}");
            }
        }

        if (names.Count > 1 && call.Print.Json) call.Print.Line("", new JsonObject { ["items"] = documents });
        if (failed > 0) throw new CommandException($"{failed} of {names.Count} failed.");
    }
}
