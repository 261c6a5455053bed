"""Why a name resolves, or does not: what a Pod's resolver asks, who answers, and the reasons behind each answer."""
