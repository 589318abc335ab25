using Microsoft.Extensions.Logging;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>The file with the join token, which is no use to a node that is let in, and of use to whoever finds it.</summary>
public sealed partial class JoinTokenFile(LinkOptions options, ILogger<JoinTokenFile> logger)
{
    private string _fault = "";

    /// <summary>The control plane has let this node in: the file goes, where it was said so (JOIN_TOKEN_REMOVE).</summary>
    public void Used()
    {
        if (!options.RemoveJoinToken || options.JoinTokenFile is not { } path || !File.Exists(path)) return;
        try
        {
            File.Delete(path);
            LogRemoved(logger, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Told once; tried again with each session.
            if (_fault != e.Message) LogStays(logger, path, e.Message);
            _fault = e.Message;
        }
    }

    [LoggerMessage(433, LogLevel.Information, "This node is let in: the file with the join token, {Path}, is removed.", EventName = "membership.token_removed")]
    private static partial void LogRemoved(ILogger logger, string path);

    [LoggerMessage(434, LogLevel.Warning, "The file with the join token, {Path}, cannot be removed ({Reason}): remove it by hand.", EventName = "membership.token_stays")]
    private static partial void LogStays(ILogger logger, string path, string reason);
}
