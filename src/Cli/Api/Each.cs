using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>Commands that take several names: each is done, what fails is told, and one failure fails the whole.</summary>
public static class Each
{
    /// <summary>Does something to each, and shows how far it is.</summary>
    /// <param name="call">The command.</param>
    /// <param name="doing">What is done, as <c>removing</c>.</param>
    /// <param name="names">What somebody named.</param>
    /// <param name="work">Does it to one; gives the line for people and the document.</param>
    /// <exception cref="CommandException">Something failed.</exception>
    public static Task DoAsync(ApiCall call, string doing, IReadOnlyList<string> names, Func<string, Task<(string Line, JsonNode Document)>> work) =>
        DoAsync(call, doing, names, (name, _) => work(name));

    /// <inheritdoc cref="DoAsync(ApiCall, string, IReadOnlyList{string}, Func{string, Task{ValueTuple{string, JsonNode}}})"/>
    /// <param name="call">The command.</param>
    /// <param name="doing">What is done, as <c>removing</c>.</param>
    /// <param name="names">What somebody named.</param>
    /// <param name="work">Does it to one, and may say which part of it is done, 0 to 1, with a word about it; gives the line for people and the document.</param>
    public static async Task DoAsync(ApiCall call, string doing, IReadOnlyList<string> names, Func<string, Action<double, string>, Task<(string Line, JsonNode Document)>> work)
    {
        var (progress, documents, failed) = (Progress.OfConsole(call.Print.Json, call.Time), new JsonArray(), 0);
        // A bar would be torn by lines: they come after it.
        var held = progress.Draws ? new List<Action>() : null;
        try
        {
            await progress.RunAsync(doing, async state =>
            {
                for (var i = 0; i < names.Count; i++)
                {
                    var (name, at) = (names[i], i);
                    Step(0, "");
                    if (!await OneAsync(name, Step)) failed++;

                    void Step(double share, string word) =>
                        state.Report(at + share, names.Count, $"{(names.Count > 1 ? $"{at + (share >= 1 ? 1 : 0)} of {names.Count}" : "")}{(names.Count > 1 && word.Length > 0 ? ", " : "")}{word}");
                }
            }, call.Cancellation);
        }
        finally
        {
            held?.ForEach(line => line());
        }

        if (names.Count > 1 && call.Print.Json) call.Print.Line("", new JsonObject { ["items"] = documents });
        if (failed > 0) throw new CommandException($"{failed} of {names.Count} failed.");

        async Task<bool> OneAsync(string name, Action<double, string> step)
        {
            try
            {
                var (line, document) = await work(name, step);
                documents.Add(document.DeepClone());
                Tell(() => Say(line, document));
                return true;
            }
            catch (CommandException e) when (names.Count > 1)
            {
                Tell(() => Console.Error.WriteLine($"streamclips: {CellText.Clean(name)}: {e.Message}"));
                return false;
            }
        }

        void Say(string line, JsonNode document)
        {
            if (names.Count == 1) call.Print.Line(line, document);
            else call.Print.Hint(line);
        }

        void Tell(Action line)
        {
            if (held is null) line();
            else held.Add(line);
        }
    }
}
