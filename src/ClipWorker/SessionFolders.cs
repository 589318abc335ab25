using StreamClips.ClipWorker.Clips;

namespace StreamClips.ClipWorker;

/// <summary>Where a session's files go.</summary>
/// <param name="Clips">Finished clips.</param>
/// <param name="Ring">Segments.</param>
/// <param name="OwnsClips">Whether nobody else puts files among the clips, so that what an earlier run left there may be removed.</param>
/// <param name="Renditions">What is made of clips later.</param>
/// <param name="RenditionQueue">What is still to be made.</param>
/// <param name="ChatRecord">The file that the chat is written to; null: none.</param>
internal sealed record SessionFolders(string Clips, string Ring, bool OwnsClips, string Renditions, string RenditionQueue, string? ChatRecord = null)
{
    /// <summary>The file whose lock lets one worker at a time make a rendition, where nobody has named one for the whole node.</summary>
    public string RenditionLock => RenditionQueue + ".lock";

    /// <summary>The file that tells the worker of other settings while it runs; null: nobody does.</summary>
    public string? Spec { get; init; }

    /// <summary>Surges whose clips are not made yet; null: nobody comes back for them.</summary>
    public PendingSurges? Pending { get; init; }
}
