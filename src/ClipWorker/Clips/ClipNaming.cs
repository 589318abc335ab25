using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// What a clip's files are called here. Among an agent's clips the name is made of time and id alone; the storage gives them the
/// wanted one. For somebody who watches it is the wanted one at once (<c>file_name</c>), with a number where there is such a clip.
/// </summary>
internal sealed class ClipNaming(CurrentSpec spec, ClipFolder folder, bool ownsFolder)
{
    /// <summary>The name that a clip's files share, a path below the folder.</summary>
    /// <exception cref="IOException">Its folder cannot be made.</exception>
    public string Of(ClipRequest request) => ownsFolder
        ? ClipFolder.NameOf(request.Surge.Start, request.Surge.Score, request.ClipId)
        : folder.Free(FileNameTemplate.Render(spec.Now.Settings.FileName, request.NamedAs(spec.Now.Streamer)));
}
