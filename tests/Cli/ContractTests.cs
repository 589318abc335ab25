using System.CommandLine;
using StreamClips.Cli.Help;

namespace StreamClips.Cli.Tests;

/// <summary>What every command keeps to, and docs/command.md promises: --json, help with an example, exit codes, nothing but data on standard output.</summary>
[NonParallelizable]
internal sealed class ContractTests
{
    /// <summary>What answers with something that is no document.</summary>
    private static readonly string[] NoJson = ["completion"];

    /// <summary>What asks no control plane.</summary>
    private static readonly string[] Local = ["demo", "up", "completion", "contexts list", "contexts use", "contexts show", "contexts rename", "contexts remove"];

    private static readonly string Documented = File.ReadAllText(Path.Combine(Root(), "docs", "command.md"));

    public static IEnumerable<string> All => CommandTree.Names.SelectMany(n => Leaves(CommandTree.Build([n]).Subcommands.Single(), n)).Select(l => l.Path);

    public static IEnumerable<string> Remote => All.Except(Local);

    [TestCaseSource(nameof(All))]
    public async Task A_command_explains_itself_with_an_example_and_its_exit_codes(string path)
    {
        var (code, output, errors) = await RunAsync($"{path} --help");

        Assert.That((code, errors), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("Examples:").And.Contain($"  streamclips {path}").And.Contain("Exit codes: 0 done, 1 failed or refused, 2 wrong command line."));
        Assert.That(output.Contains("--json", StringComparison.Ordinal), Is.Not.EqualTo(NoJson.Contains(path)));
    }

    [TestCaseSource(nameof(All))]
    public async Task A_wrong_option_is_exit_code_2_with_the_reason_on_standard_error(string path)
    {
        var (code, output, errors) = await RunAsync($"{path} --no-such-option");

        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(errors, Does.StartWith("streamclips: ").And.Contain("--help"));
    }

    [TestCaseSource(nameof(Remote))]
    public async Task Where_nobody_answers_it_is_exit_code_1_and_standard_output_has_nothing_but_the_document(string path)
    {
        var (code, output, errors) = await RunAsync($"{path} {Words(Leaf(path))}--json");

        Assert.That(code, Is.EqualTo(1), errors);
        if (path == "doctor") Assert.That(System.Text.Json.Nodes.JsonNode.Parse(output)!["worst"]!.ToString(), Is.EqualTo("fail"), "what went wrong is the answer itself");
        else Assert.That((output, errors.StartsWith("streamclips: ", StringComparison.Ordinal)), Is.EqualTo(("", true)), errors);
    }

    [TestCase("users add --generat", "there is no option '--generat'. Did you mean --generate?")]
    [TestCase("streamers remove --yess", "Did you mean --yes?")]
    [TestCase("clips get -x", "there is no option '-x'.")]
    public async Task A_mistyped_option_is_never_taken_for_a_name(string line, string said)
    {
        var (code, output, errors) = await RunAsync(line);
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(errors, Does.Contain(said));
    }

    [Test]
    public async Task What_really_begins_with_a_dash_goes_behind_two_of_them() =>
        Assert.That((await RunAsync("streamers show -- --ada")).Code, Is.EqualTo(1), "it is asked for, and nobody answers");

    [Test]
    public void Every_command_is_documented_and_nothing_else_is()
    {
        var told = Documented.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l[3..l.IndexOf('`', 3)]);

        Assert.That(told, Is.EquivalentTo(All));
    }

    /// <summary>Words for what must be given.</summary>
    private static string Words(Command command) => string.Concat(command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0).Select(a => a.Name switch
    {
        "KEY=VALUE" => "clip_duration=45 ",
        "KEY" => "clip_duration ",
        "VERSION" => "1 ",
        "ROLE" => "viewer ",
        "SERVER" or "URL" => "http://127.0.0.1:9 ",
        "FILE" => $"{Path.Combine(Root(), "README.md")} ",
        _ => "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b ",
    })) + (command.Options.Any(o => o.Name == "--yes") ? "--yes " : "") + (command.Options.Any(o => o is { Name: "--tag", Required: true }) ? "--tag x " : "")
        + (command.Name == "add" && command.Arguments.Any(a => a.Name == "URL") ? "https://www.twitch.tv/ada " : "") + (command.Name == "edit" ? "--name x " : "") + (command.Name == "replay" ? "--process ada " : "");

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string line)
    {
        var before = (Console.In, Console.Out, Console.Error);
        var variables = new Dictionary<string, string> { ["STREAMCLIPS_URL"] = "http://127.0.0.1:9", ["STREAMCLIPS_TOKEN"] = "sct_x", ["XDG_CONFIG_HOME"] = "/nowhere" };
        var kept = variables.Keys.ToDictionary(k => k, Environment.GetEnvironmentVariable);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        using var input = new StringReader("a password\na password\n");
        try
        {
            foreach (var (name, value) in variables) Environment.SetEnvironmentVariable(name, value);
            Console.SetIn(input);
            Console.SetOut(output);
            Console.SetError(errors);
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var parsed = CommandTree.Build(words).Parse(words);
            var code = WrongUsage.Is(parsed, words)
                ? WrongUsage.Tell(parsed, words, errors)
                : await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
            return (code, output.ToString(), errors.ToString());
        }
        finally
        {
            foreach (var (name, value) in kept) Environment.SetEnvironmentVariable(name, value);
            Console.SetIn(before.In);
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
        }
    }

    private static Command Leaf(string path) => path.Split(' ').Skip(1).Aggregate(CommandTree.Build(path.Split(' ')).Subcommands.Single(), (at, name) => at.Subcommands.Single(c => c.Name == name));

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) =>
        command.Subcommands.Count == 0 ? [(path, command)] : command.Subcommands.SelectMany(c => Leaves(c, $"{path} {c.Name}"));

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "streamclips"))) return at.FullName;
        throw new InvalidOperationException($"no script above {AppContext.BaseDirectory}");
    }
}
