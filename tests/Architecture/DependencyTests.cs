using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace StreamClips.Architecture.Tests;

/// <summary>Dependencies point one way: between projects, between the folders of a project, and to the outside.</summary>
[TestFixture]
internal sealed partial class DependencyTests
{
    private static readonly string[] Executables = ["ControlPlane", "NodeAgent", "ClipWorker", "Cli", "LiveSite"];

    [Test]
    public void Each_project_refers_only_to_those_below_it()
    {
        var allowed = new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Grpc.Core.Api"] = [],
            ["Grpc.Net.Common"] = ["Grpc.Core.Api"],
            ["Shared"] = ["Grpc.Core.Api"],
            ["Storage"] = [],
            ["ControlPlane"] = ["Shared", "Storage", "Grpc.Core.Api", "Grpc.Net.Common"],
            ["NodeAgent"] = ["Shared", "Storage", "Grpc.Core.Api", "Grpc.Net.Common"],
            ["ClipWorker"] = ["Shared"],
            ["Cli"] = ["Shared"],
            ["LiveSite"] = ["Shared"],
        };
        var wrong =
            from project in Repository.Projects.Where(p => !p.Path.StartsWith("tests/", StringComparison.Ordinal))
            let name = Name(project.Path)
            where name != "bench" // It measures what it likes, and nothing refers to it.
            from reference in References(project)
            where !allowed.TryGetValue(name, out var fine) || !fine.Contains(reference)
            select $"{name} → {reference}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.All.Single(f => f.Path == "StreamClips.sln").Text.Replace('\\', '/');
        Assert.That(Repository.Projects.Select(p => p.Path).Where(p => !solution.Contains(p, StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("ControlPlane", @"using (Npgsql|Dapper)\b", @"(/Database/[^/]+|Store[^/]*)\.cs$")]
    [TestCase("ControlPlane", @"using Grpc\.|StreamClips\.Shared\.Contracts", @"/NodeLink/|ControlPlaneApp\.cs$")]
    [TestCase("NodeAgent", @"using Grpc\.|StreamClips\.Shared\.Contracts", @"/ControlLink/")]
    [TestCase("ClipWorker", @"using (Npgsql|Dapper|Grpc\.|Microsoft\.AspNetCore)|StreamClips\.Shared\.Contracts", "^$")]
    [TestCase("Cli", @"using (Npgsql|Dapper|Grpc\.|Microsoft\.AspNetCore)|StreamClips\.Shared\.Contracts", "^$")]
    public void What_reaches_outside_stays_in_its_folder(string project, string uses, string onlyIn)
    {
        var wrong = Repository.CSharp($"src/{project}/").Where(f => Regex.IsMatch(f.Text, uses) && !Regex.IsMatch(f.Path, onlyIn)).Select(f => f.Path);
        Assert.That(wrong, Is.Empty);
    }

    // Listens, holds or watches its own server, shares out its own sessions' work, or takes from a queue in the database what no other has taken; or does what its own requests ask for, one at a time over all replicas by the database.
    private static readonly string[] OfEveryReplica = ["PostgresSupervisor", "ChangeListener", "LeaderLoop", "LogAnnouncer", "ClipRemover", "RequestWatch", "SessionWatch", "CheckRunner"];

    [Test]
    public void A_loop_of_the_control_plane_is_the_leader_s_unless_every_replica_needs_it()
    {
        var wrong = Repository.CSharp("src/ControlPlane/")
            .Where(f => Regex.IsMatch(f.Text, @"\)\s*:\s*BackgroundService\b") && !f.Text.Contains("leader.RunAsync(", StringComparison.Ordinal))
            .Select(f => Path.GetFileNameWithoutExtension(f.Path)).Except(OfEveryReplica);
        Assert.That(wrong, Is.Empty, "give it to Leader.RunAsync, or name it here");
    }

    [TestCaseSource(nameof(Executables))]
    public void An_event_of_the_log_has_a_number_of_its_own(string project)
    {
        var events =
            from file in Repository.CSharp($"src/{project}/").Concat(Repository.CSharp($"sim/{project}/"))
            from Match match in Regex.Matches(file.Text, @"\[LoggerMessage\((?<id>[0-9]+)")
            group file.Path by match.Groups["id"].Value;
        Assert.That(events.Where(e => e.Count() > 1).Select(e => $"{e.Key}: {string.Join(", ", e)}"), Is.Empty);
    }

    [TestCaseSource(nameof(Executables))]
    [TestCase("bench")]
    public void Processes_are_started_in_one_class_of_a_program(string project)
    {
        var starters = Repository.All
            .Where(f => $"/{f.Path}".Contains($"/{project}/", StringComparison.Ordinal) && !f.Path.StartsWith("tests/", StringComparison.Ordinal))
            .Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal) && ProcessStart().IsMatch(f.Text))
            .Select(f => f.Path);
        Assert.That(starters.Count(), Is.LessThanOrEqualTo(1), string.Join(", ", starters));
    }

    [TestCase("Surge", "Chat")]
    [TestCase("Recording", "")]
    [TestCase("Chat", "")]
    public void In_the_worker_a_folder_sees_only_those_that_feed_it(string folder, string sees)
    {
        string[] others = ["Platforms", "Chat", "Surge", "Recording", "Clips", "Reporting"];
        var hidden = others.Where(o => o != folder && o != sees).Select(o => $"StreamClips.ClipWorker.{o}");
        var wrong =
            from file in Repository.CSharp($"src/ClipWorker/{folder}/")
            from space in hidden
            where file.Text.Contains(space, StringComparison.Ordinal)
            select $"{file.Path} sees {space}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void In_the_control_plane_only_the_edges_see_all_features()
    {
        // A feature knows neither the pages nor the agents' connection: both are fed by it.
        string[] edges = ["Dashboard", "NodeLink"];
        var wrong =
            from file in Repository.CSharp("src/ControlPlane/")
            let feature = file.Path.Split('/')[2]
            where !edges.Contains(feature) && !feature.EndsWith(".cs", StringComparison.Ordinal)
            from edge in edges
            where file.Text.Contains($"StreamClips.ControlPlane.{edge}", StringComparison.Ordinal)
            select $"{file.Path} sees {edge}";
        Assert.That(wrong, Is.Empty);
    }

    private static string Name(string path) => Path.GetFileName(Path.GetDirectoryName(path)!);

    private static IEnumerable<string> References(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference")
            .Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
            .Select(r => Name(((string)r.Attribute("Include")!).Replace('\\', '/')));

    [GeneratedRegex(@"\bProcess\.Start\(|new Process\b|NativeMethods\.Spawn\(")]
    private static partial Regex ProcessStart();
}
