using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Processes;

/// <summary><c>processes chat-rate</c> and <c>chat-history</c>: how much was said in a process's chat.</summary>
public static class ChatRateCommands
{
    private const int LeastBar = 10;
    private const int MostBar = 60;
    private const int Rows = 30;
    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];

    private static readonly Argument<string> One = ServerNames.Streamers(new Argument<string>("PROCESS") { Description = "A streamer's name, or the beginning of the process's id." });
    private static readonly Option<string?> Step = ApiOptions.Checked(
        new Option<string?>("--step") { Description = "A line for so long a time, as 10s, 5m or 1h; otherwise about 30 lines.", HelpName = "TIME" },
        text => Duration.TryParse(text, out var step) is { } fault ? fault : step < TimeSpan.FromSeconds(1) || step > TimeSpan.FromDays(1) ? $"'{text}' is no step: give 1s to 1d" : null);

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() =>
    [
        ApiCommand.Create("chat-rate", "How much was said in a process's chat: of a minute ago and before, as long as it is kept.", [One, ApiOptions.Since, ApiOptions.Until, Step, ApiOptions.Watch], call => call.ShowAsync(print => ShowAsync(call, print)),
            "processes chat-rate ada", "processes chat-rate ada --since 1d --step 1h", "processes chat-rate ada --json | jq '.items[] | [.at, .mean, .max]'"),
        ApiCommand.Create("chat-history", "What a process's detector heard, for replay: a line of JSON a minute, without texts and names.", [One, ApiOptions.Since, ApiOptions.Until], SaveAsync,
            "processes chat-history ada > ada.ndjson   # then: streamclips replay ada.ndjson"),
    ];

    /// <summary>Copies a process's history, as it comes.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="process">The process's id.</param>
    /// <param name="since">From here on; null: all that is kept.</param>
    /// <param name="until">Up to here; null: to the end.</param>
    /// <param name="to">Where it goes.</param>
    /// <exception cref="ApiException">It was refused, or the connection broke.</exception>
    public static async Task CopyHistoryAsync(ApiCall call, string process, string? since, string? until, Stream to)
    {
        var path = Query.Of($"/processes/{process}/chat-history").With("since", since).With("until", until).ToString();
        using var answer = await call.Api.OpenAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, call.Cancellation);
        if (answer.Content.Headers.ContentType is not MediaTypeHeaderValue { MediaType: "application/x-ndjson" })
            throw new ApiException($"what answers at {call.Api.Server} is no control plane, or of another version: streamclips doctor tells.", answer.StatusCode);
        await using var lines = await answer.Content.ReadAsStreamAsync(call.Cancellation);
        var buffer = new byte[1 << 16];
        while (true)
        {
            int read;
            try
            {
                read = await lines.ReadAsync(buffer, call.Cancellation);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new ApiException($"the connection to {call.Api.Server} broke in the midst of the history: try again.", status: null);
            }

            if (read == 0) return;
            await to.WriteAsync(buffer.AsMemory(0, read), call.Cancellation);
        }
    }

    private static async Task SaveAsync(ApiCall call)
    {
        var process = await NameOrId.ProcessAsync(call.Api, call.Value(One)!, call.Cancellation);
        await using var output = Console.OpenStandardOutput();
        await CopyHistoryAsync(call, process.Text("id"), call.Moment(ApiOptions.Since), call.Moment(ApiOptions.Until), output);
    }

    private static async Task ShowAsync(ApiCall call, Printer print)
    {
        var process = await NameOrId.ProcessAsync(call.Api, call.Value(One)!, call.Cancellation);
        var series = await call.Api.GetAsync(PathOf(call, process, print.Json), call.Cancellation);
        if (print.Json)
        {
            print.Item(series);
            return;
        }

        var points = (series["items"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (points.Count == 0)
        {
            print.Hint("Nothing was heard in that time; what is said now is there in about a minute.");
            return;
        }

        var most = Math.Max(1e-9, points.Max(p => p.Number("mean") ?? 0));
        var width = Math.Clamp((print.Terminal.Width ?? 100) - 52, LeastBar, MostBar);
        print.Hint(print.Paint($"{"",-19}  {"mean/s",8} {"most/s",7} {"messages",9}", Tone.Faint));
        foreach (var point in points) print.Hint(Line(point, most, width));
    }

    private static string Line(JsonObject point, double most, int width)
    {
        var mean = point.Number("mean") ?? 0;
        return string.Create(CultureInfo.InvariantCulture, $"{point.Time("at"),-19}  {mean,8:0.0} {point.Number("max"),7:0} {point.Number("messages"),9:0}  {Bar(mean / most, width)}");
    }

    /// <summary>A bar in eighths of a character.</summary>
    private static string Bar(double part, int width)
    {
        var eighths = (int)Math.Round(Math.Clamp(part, 0, 1) * width * 8);
        return new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : $"{(char)('█' + 8 - eighths % 8)}");
    }

    /// <summary>For people as many lines as can be overlooked; for programs what the control plane finds fit.</summary>
    private static string PathOf(ApiCall call, JsonNode process, bool json)
    {
        var (since, until) = (call.Moment(ApiOptions.Since), call.Moment(ApiOptions.Until));
        var path = Query.Of($"/processes/{process.Text("id")}/chat-rate").With("since", since).With("until", until);
        if (call.Value(Step) is { } given && Duration.TryParse(given, out var step) is null) return path.With("step", $"{(long)step.TotalSeconds}").ToString();
        if (json) return path.ToString();
        var ends = Parsed(until) ?? process.At("ended_at") ?? call.Time.GetUtcNow();
        var begins = Parsed(since) ?? Later(ends - TimeSpan.FromHours(6), process.At("created_at"));
        var fitting = Steps.FirstOrDefault(s => (ends - begins).TotalSeconds / s <= Rows, Steps[^1]);
        return path.With("step", $"{fitting}").ToString();
    }

    private static DateTimeOffset? Parsed(string? time) => time is null ? null : DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset? b) => b > a ? b.Value : a;
}
