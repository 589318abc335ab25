using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StreamClips.Architecture.Tests;

/// <summary>The repository's files, and the C# ones as syntax trees; read once.</summary>
internal static class Repository
{
    private static readonly FrozenSet<string> Passed = new[] { "bin", "obj", "node_modules", ".git", ".build", ".streamclips", "lib", "clips", "TestResults" }.ToFrozenSet();

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    private static readonly Lazy<IReadOnlyList<SourceFile>> Files = new(() => [.. Walk(Root).Order(StringComparer.Ordinal).Select(SourceFile.Read)]);

    /// <summary>Every file that is kept in the repository.</summary>
    public static IReadOnlyList<SourceFile> All => Files.Value;

    /// <summary>The C# files below a folder.</summary>
    public static IEnumerable<SourceFile> CSharp(string folder) =>
        All.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal) && f.Path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>The project files.</summary>
    public static IEnumerable<SourceFile> Projects => All.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // A deterministic build may hide the path of the sources; then the output's folder leads there.
        var from = File.Exists(here) ? Path.GetDirectoryName(here)! : AppContext.BaseDirectory;
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "StreamClips.sln"))) return at.FullName;
        throw new InvalidOperationException($"no StreamClips.sln above {from}");
    }

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory).Where(f => Path.GetFileName(f) != ".git")) yield return file;
        foreach (var child in Directory.EnumerateDirectories(directory))
        {
            if (Passed.Contains(Path.GetFileName(child))) continue;
            foreach (var file in Walk(child)) yield return file;
        }
    }
}

/// <summary>A file of the repository.</summary>
/// <param name="Path">Its path from the root, with '/'.</param>
/// <param name="Text">Its text; empty where it is no text.</param>
internal sealed record SourceFile(string Path, string Text)
{
    private readonly Lazy<SyntaxNode> _tree = new(() => CSharpSyntaxTree.ParseText(Text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot());

    public SyntaxNode Tree => _tree.Value;

    public int Lines => Text.Count(c => c == '\n');

    public static SourceFile Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var text = bytes.AsSpan().IndexOf((byte)0) >= 0 ? "" : System.Text.Encoding.UTF8.GetString(bytes);
        return new SourceFile(System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'), text);
    }
}
