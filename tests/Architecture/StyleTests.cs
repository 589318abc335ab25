using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StreamClips.Architecture.Tests;

/// <summary>How the code reads, as far as a program can tell.</summary>
[TestFixture]
internal sealed partial class StyleTests
{
    private static IEnumerable<SourceFile> Product => Repository.CSharp("src/").Concat(Repository.CSharp("sim/")).Concat(Repository.CSharp("bench/"));

    [Test]
    public void A_file_has_one_subject_and_fewer_than_300_lines() =>
        Assert.That(Product.Concat(Repository.CSharp("tests/")).Where(f => f.Lines >= 300).Select(f => $"{f.Path}: {f.Lines}"), Is.Empty);

    [Test]
    public void A_program_is_a_table_of_contents_of_fewer_than_80_lines() =>
        Assert.That(Product.Where(f => f.Path.EndsWith("/Program.cs", StringComparison.Ordinal) && f.Lines >= 80).Select(f => $"{f.Path}: {f.Lines}"), Is.Empty);

    [Test]
    public void A_method_has_fewer_than_60_lines()
    {
        var wrong =
            from file in Product
            from method in file.Tree.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
            let lines = Lines(method)
            where lines >= 60
            select $"{file.Path}: {(method as MethodDeclarationSyntax)?.Identifier.Text ?? "constructor"} has {lines}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_two_migrations_have_one_number_and_none_is_left_out()
    {
        var names = Repository.All.Where(f => f.Path.StartsWith("src/ControlPlane/Database/Migrations/", StringComparison.Ordinal)).Select(f => Path.GetFileName(f.Path)).ToList();
        var twice = names.GroupBy(n => n[..4]).Where(g => g.Count() > 1).Select(g => string.Join(" and ", g));
        Assert.That(twice, Is.Empty, "two changes took one number: the one that landed later is renamed to the next free one");
        Assert.That(names.Select(n => n[..4]), Is.EqualTo(Enumerable.Range(1, names.Count).Select(i => $"{i:0000}")), "the numbers go from 0001 without gaps");
    }

    [Test]
    public void Nothing_is_left_for_later()
    {
        var wrong = Product.Concat(Repository.CSharp("tests/"))
            .Where(f => !f.Path.StartsWith("tests/Architecture/", StringComparison.Ordinal) && Unfinished().IsMatch(f.Text))
            .Select(f => f.Path);
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void A_namespace_is_its_folder()
    {
        var wrong =
            from file in Product.Where(f => !f.Path.StartsWith("src/Grpc.", StringComparison.Ordinal))
            from space in file.Tree.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            let project = file.Path.StartsWith("bench/", StringComparison.Ordinal) ? "Bench/" : ""
            let wanted = "StreamClips." + string.Join('.', (project + file.Path[(file.Path.IndexOf('/') + 1)..]).Split('/')[..^1])
            where space.Name.ToString() != wanted
            select $"{file.Path}: {space.Name}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Log_messages_are_events_with_ids()
    {
        var wrong =
            from file in Product
            from method in file.Tree.DescendantNodes().OfType<MethodDeclarationSyntax>()
            from attribute in method.AttributeLists.SelectMany(l => l.Attributes)
            where attribute.Name.ToString() == "LoggerMessage"
            let text = attribute.ToString()
            where !text.Contains("EventId", StringComparison.Ordinal) && !EventId().IsMatch(text)
            select $"{file.Path}: {method.Identifier.Text}";
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_file_names_a_package_registry_or_a_path_of_one_machine()
    {
        var wrong = Repository.All
            .Where(f => !f.Path.StartsWith("tests/Architecture/", StringComparison.Ordinal) && ForeignPlaces().IsMatch(f.Text))
            .Select(f => $"{f.Path}: {ForeignPlaces().Match(f.Text).Value}");
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Scripts_are_executable_and_stop_at_the_first_error()
    {
        var wrong =
            from file in Repository.All
            where file.Text.StartsWith("#!/usr/bin/env bash", StringComparison.Ordinal)
            let mode = File.GetUnixFileMode(Path.Combine(Repository.Root, file.Path))
            where !mode.HasFlag(UnixFileMode.UserExecute) || !file.Text.Contains("set -euo pipefail", StringComparison.Ordinal)
            select file.Path;
        Assert.That(wrong, Is.Empty);
    }

    private static int Lines(SyntaxNode node)
    {
        var span = node.SyntaxTree.GetLineSpan(node.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|Assert\.Pass|\[Ignore\b|Thread\.Sleep")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"registry\.npmjs|api\.nuget|nuget\.org|deb\.debian|pypi\.org|/work/main|/root/wt")]
    private static partial Regex ForeignPlaces();

    [GeneratedRegex(@"LoggerMessage\(\d+")]
    private static partial Regex EventId();
}
