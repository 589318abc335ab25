namespace StreamClips.Shared.Workers;

/// <summary>
/// Where things lie in a worker's directory. The worker writes, the node agent reads; neither talks to the other in
/// any other way.
/// </summary>
/// <param name="Path">The directory.</param>
public sealed record WorkerDirectory(string Path)
{
    /// <summary>What the worker is told (<see cref="WorkerSpec"/>), written by the agent before the start.</summary>
    public string Spec => System.IO.Path.Combine(Path, "spec.json");

    /// <summary>Finished clips: NAME.mp4, NAME.jpg and, last, NAME.json. A clip exists if and only if its sidecar does.</summary>
    public string Clips => System.IO.Path.Combine(Path, "clips");

    /// <summary>Finished renditions of clips: NAME.KIND.mp4 or .jpg and, last, NAME.KIND.json. One exists if and only if its sidecar does.</summary>
    public string Renditions => System.IO.Path.Combine(Path, "renditions");

    /// <summary>What is still to be made of clips; the worker's own.</summary>
    public string RenditionQueue => System.IO.Path.Combine(Path, "rendition-queue");

    /// <summary>Segments held for clips to come. A worker that is started again takes up what is there; one that ends in good order leaves nothing.</summary>
    public string Ring => System.IO.Path.Combine(Path, "ring");

    /// <summary>Standard output and error of the worker: empty unless the runtime itself failed.</summary>
    public string Output => System.IO.Path.Combine(Path, "output.log");

    /// <summary>The journal's file of this number, from 1: <c>journal-000001.ndjson</c>.</summary>
    public string JournalFile(int number) => System.IO.Path.Combine(Path, $"journal-{number:000000}.ndjson");

    /// <summary>The numbers of the journal files that are there, ascending.</summary>
    public IReadOnlyList<int> JournalFiles()
    {
        if (!Directory.Exists(Path)) return [];
        var numbers = new List<int>();
        foreach (var file in Directory.EnumerateFiles(Path, "journal-*.ndjson"))
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(file.AsSpan());
            if (int.TryParse(name["journal-".Length..], out var number) && number > 0) numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }
}
