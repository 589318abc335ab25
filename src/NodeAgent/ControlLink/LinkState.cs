namespace StreamClips.NodeAgent.ControlLink;

/// <summary>How the link to the control plane stands, for people. Safe for several threads.</summary>
public sealed class LinkState
{
    private volatile string _words = "not connected yet";

    /// <summary>It, in words.</summary>
    public string Words
    {
        get => _words;
        set => _words = value;
    }
}
